import { Alert, Badge, Button, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { copiesQuery, type Copy, copyFormats } from "./privacy";
import { Part } from "./PrivacyCard";

type Format = (typeof copyFormats)[number];

/** Copies of all the agency has of the person: made once, opened for a week. */
export function CopiesPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const copies = useQuery(copiesQuery(id));
  const [asking, setAsking] = useState(false);
  const may = can("privacy.export");
  return (
    <Part
      title={t("privacy.copies.title")}
      actions={
        may && (
          <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
            {t("privacy.copies.make")}
          </Button>
        )
      }
    >
      <QueryView query={copies}>
        {(all) =>
          all.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("privacy.copies.none")}
            </Text>
          ) : (
            <Stack gap="sm">
              {all.slice(0, shown).map((c) => (
                <Line key={c.id} copy={c} may={may} />
              ))}
            </Stack>
          )
        }
      </QueryView>
      {asking && <MakeDialog id={id} onClose={() => setAsking(false)} />}
    </Part>
  );
}

/** Older ones have expired long ago. */
const shown = 5;

function Line({ copy: c, may }: { copy: Copy; may: boolean }) {
  const { t } = useTranslation();
  // The link opens in this session only, once it is asked for: the browser takes what it leads to as a download.
  const open = useSend<Format, { url: string }>({
    send: (format) => take(api.POST("/api/v1/exports/{id}/link", { params: { path: { id: c.id } }, body: { format } })),
    touches: [],
    onDone: ({ url }) => {
      const a = document.createElement("a");
      a.href = url;
      a.download = "";
      a.click();
    },
  });
  return (
    <div>
      <Group gap="xs">
        <DateText at={c.created_at} time />
        {c.state === "queued" && (
          <Group gap={6} role="status">
            <Loader size={14} aria-hidden />
            <Text size="sm">{t("privacy.copies.making")}</Text>
          </Group>
        )}
        {c.state === "expired" && <Badge color="gray">{t("privacy.copies.expired")}</Badge>}
      </Group>
      {c.state === "ready" && (
        <>
          <Text size="sm" c="dimmed">
            {t("privacy.copies.until")} <DateText at={c.expires_at} time />
          </Text>
          {may && (
            <Group gap={6} mt={4}>
              {copyFormats.map((format) => (
                <Button key={format} variant="light" size="compact-sm" loading={open.isPending && open.variables === format} aria-label={t("privacy.copies.open", { format: t(`privacy.copies.format.${format}`) })} onClick={() => open.mutate(format)}>
                  {t(`privacy.copies.format.${format}`)}
                </Button>
              ))}
            </Group>
          )}
          <ProblemAlert error={open.error} />
        </>
      )}
    </div>
  );
}

function MakeDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [locale, setLocale] = useState<"it" | "en">(language);
  const make = useSend({
    send: (body: { locale: "it" | "en" }, once) => take(api.POST("/api/v1/subjects/{id}/exports", { params: { path: { id }, header: once(body) }, body })),
    touches: ["jobs", "subjects"],
    onDone: onClose,
  });
  return (
    <FormDialog opened onClose={onClose} title={t("privacy.copies.ask")} action={t("privacy.copies.make")} pending={make.isPending} error={make.error} onSubmit={() => make.mutate({ locale })}>
      <Text size="sm">{t("privacy.copies.hint")}</Text>
      <Alert color="petrol">{t("privacy.copies.others")}</Alert>
      <Select label={t("privacy.copies.language")} allowDeselect={false} data={(["it", "en"] as const).map((value) => ({ value, label: t(`privacy.texts.${value}`) }))} value={locale} onChange={(v) => v && setLocale(v as "it" | "en")} data-autofocus />
    </FormDialog>
  );
}
