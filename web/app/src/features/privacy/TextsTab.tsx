import { Alert, Badge, Button, Group, Modal, SimpleGrid, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { useActor } from "~/features/audit/words";
import { DateText } from "~/ui/DateText";
import { FormDialog } from "~/ui/FormDialog";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { type ConsentText, textsQuery, versionsQuery } from "./privacy";
import { useTitle } from "./useTitle";

/** What people are asked to agree to, and under which words they did before. */
export function TextsTab() {
  const { t } = useTranslation();
  const texts = useQuery(textsQuery);
  return (
    <Stack gap="md">
      <Text c="dimmed" maw={720}>
        {t("privacy.texts.hint")}
      </Text>
      <QueryView query={texts}>{(all) => <>{all.map((text) => <TextSection key={text.purpose} text={text} />)}</>}</QueryView>
    </Stack>
  );
}

function TextSection({ text }: { text: ConsentText }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [open, setOpen] = useState<"write" | "versions" | null>(null);
  const title = useTitle()(text.purpose);
  return (
    <Section
      title={title}
      actions={
        <>
          {text.version > 0 && (
            <Button variant="default" size="compact-md" aria-label={t("privacy.texts.versions_of", { purpose: title })} onClick={() => setOpen("versions")}>
              {t("privacy.texts.versions")}
            </Button>
          )}
          {can("privacy.manage") && (
            <Button size="compact-md" aria-label={t("privacy.texts.write_of", { purpose: title })} onClick={() => setOpen("write")}>
              {t("privacy.texts.write")}
            </Button>
          )}
        </>
      }
    >
      <InForce text={text} />
      {open === "write" && <WriteDialog title={title} text={text} onClose={() => setOpen(null)} />}
      {open === "versions" && <VersionsDialog title={title} purpose={text.purpose} onClose={() => setOpen(null)} />}
    </Section>
  );
}

function InForce({ text }: { text: ConsentText }) {
  const { t } = useTranslation();
  const actor = useActor();
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Badge color={text.version > 0 ? "petrol" : "gray"}>{text.version > 0 ? t("privacy.texts.version", { number: text.version }) : t("privacy.texts.built_in")}</Badge>
        {text.created_at && (
          <Text size="sm" c="dimmed">
            {actor(text.created_by)}, <DateText at={text.created_at} time />
          </Text>
        )}
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {(["it", "en"] as const).map((language) => (
          <div key={language}>
            <Text size="sm" c="dimmed">
              {t(`privacy.texts.${language}`)}
            </Text>
            <Text lang={language} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {text.text[language]}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

const shortest = 20;

function WriteDialog({ title, text, onClose }: { title: string; text: ConsentText; onClose: () => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState({ it: text.text.it, en: text.text.en });
  const [tried, setTried] = useState(false);
  const write = useSend({
    send: (body: { purpose: string; it: string; en: string }, once) => take(api.POST("/api/v1/consent-texts", { params: { header: once(body) }, body })),
    touches: ["agency", "subjects"],
    onDone: () => {
      notifications.show({ color: "moss", message: t("privacy.texts.written") });
      onClose();
    },
  });
  const wrong = (language: "it" | "en") => (tried && words[language].trim().length < shortest ? t("privacy.texts.short", { count: shortest }) : undefined);
  const same = words.it.trim() === text.text.it && words.en.trim() === text.text.en;
  const submit = () => {
    setTried(true);
    if (!same && words.it.trim().length >= shortest && words.en.trim().length >= shortest) write.mutate({ purpose: text.purpose, it: words.it.trim(), en: words.en.trim() });
  };
  return (
    <FormDialog opened onClose={onClose} size="lg" title={t("privacy.texts.write_of", { purpose: title })} action={t("privacy.texts.publish")} pending={write.isPending} error={write.error} onSubmit={submit}>
      <Alert color="petrol" icon={<IconInfoCircle aria-hidden />}>
        {t("privacy.texts.write_hint")}
      </Alert>
      {(["it", "en"] as const).map((language) => (
        <Textarea
          key={language}
          label={t(`privacy.texts.${language}`)}
          lang={language}
          withAsterisk
          autosize
          minRows={4}
          maxRows={12}
          maxLength={4000}
          value={words[language]}
          onChange={(e) => setWords((w) => ({ ...w, [language]: e.target.value }))}
          error={wrong(language)}
          data-autofocus={language === "it" || undefined}
        />
      ))}
      {tried && same && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t("privacy.texts.same")}
        </Text>
      )}
    </FormDialog>
  );
}

function VersionsDialog({ title, purpose, onClose }: { title: string; purpose: string; onClose: () => void }) {
  const { t } = useTranslation();
  const versions = useQuery(versionsQuery(purpose));
  return (
    <Modal opened onClose={onClose} size="xl" title={t("privacy.texts.versions_of", { purpose: title })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <QueryView query={versions}>
        {(all) => (
          <Stack gap="lg">
            {all.map((text) => (
              <InForce key={text.version} text={text} />
            ))}
          </Stack>
        )}
      </QueryView>
    </Modal>
  );
}
