import { Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/api/client";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { type Copy, own } from "./portal";
import { useAct, useVisit } from "./visit";

/** A copy of all there is of the person: asked for here, made by the agency, taken away here. */
export function CopySection() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const [asking, setAsking] = useState(false);
  const ask = useAskFor("access", () => setAsking(false));
  const open = me.requests.some((r) => r.kind === "access" && r.state === "open");
  const ready = me.exports.filter((e) => e.state === "ready");
  return (
    <Section title={t("portal.copy.title")}>
      <Stack gap="sm">
        <Text>{t("portal.copy.hint")}</Text>
        {ready.map((e) => (
          <Ready key={e.id} copy={e} />
        ))}
        {open ? (
          <Text fw={600}>{t("portal.copy.waits", { agency: me.agency })}</Text>
        ) : (
          <div>
            <Button variant={ready.length > 0 ? "default" : "filled"} onClick={() => setAsking(true)}>
              {t(ready.length > 0 ? "portal.copy.again" : "portal.copy.ask")}
            </Button>
          </div>
        )}
      </Stack>
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("portal.copy.ask")} action={t("portal.rights.send")} pending={ask.isPending} error={ask.error} onConfirm={() => ask.mutate()}>
        {t("portal.copy.before", { agency: me.agency })}
      </Confirm>
    </Section>
  );
}

/** Sends a request to the agency. */
export function useAskFor(kind: "access" | "erasure", onDone: () => void) {
  return useAct<void, unknown>((_, once) => {
    const body = { kind };
    return own(api.POST("/api/v1/portal/requests", { params: { header: once(body) }, body }));
  }, onDone);
}

const formats = ["pdf", "json"] as const;

function Ready({ copy: e }: { copy: Copy }) {
  const { t } = useTranslation();
  const open = useAct(
    (format: (typeof formats)[number]) => own(api.POST("/api/v1/portal/exports/{id}/link", { params: { path: { id: e.id } }, body: { format } })),
    (link) => save(link.url),
  );
  return (
    <Stack gap={6}>
      <Text>
        {t("portal.copy.ready")} <DateText at={e.ready_at} />. {t("portal.copy.until")} <DateText at={e.expires_at} time />.
      </Text>
      <Group gap="xs">
        {formats.map((format) => (
          <Button key={format} variant={format === "pdf" ? "filled" : "default"} leftSection={<IconDownload size={17} aria-hidden />} loading={open.isPending && open.variables === format} onClick={() => open.mutate(format)}>
            {t(`portal.copy.format.${format}`)}
          </Button>
        ))}
      </Group>
      <ProblemAlert error={open.error} />
    </Stack>
  );
}

/** Takes a file from a link that works once for a few minutes: it has no place in the page. */
function save(url: string) {
  const a = document.createElement("a");
  a.href = url;
  a.download = "";
  a.click();
}
