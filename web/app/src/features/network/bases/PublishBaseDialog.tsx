import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { FindingLines } from "~/features/workflow/base/FindingLines";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { baseCheckQuery, baseTextQuery } from "./bases";

type Props = { network: string; templateKey?: string; onClose: () => void };

/** Publishes the next version of a base, or the first of a new one. Agencies see it and stay where they are. */
export function PublishBaseDialog({ network, templateKey, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t("base.publish_title")} size="xl" closeButtonProps={{ "aria-label": t("common.close") }}>
      {templateKey ? <Next network={network} templateKey={templateKey} onClose={onClose} /> : <Form network={network} text="" onClose={onClose} />}
    </Modal>
  );
}

function Next({ network, templateKey, onClose }: Required<Props>) {
  const text = useQuery(baseTextQuery(network, templateKey));
  return <QueryView query={text}>{(before) => <Form network={network} text={before} onClose={onClose} />}</QueryView>;
}

function Form({ network, text, onClose }: { network: string; text: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [source, setSource] = useState(text);
  const [settled] = useDebouncedValue(source, 500);
  const check = useQuery(baseCheckQuery(network, settled));
  const checking = check.isFetching || settled !== source;
  const findings = check.data?.findings ?? [];
  const publish = useSend({
    send: (body: { source: string }, once) => take(api.POST("/api/v1/networks/{id}/workflows", { params: { path: { id: network }, header: once(body) }, body })),
    touches: ["networks"],
    onDone: (made) => {
      notifications.show({ color: "moss", message: t("base.published", { key: made.key, version: made.version }) });
      onClose();
    },
  });
  return (
    <Stack gap="sm">
      <Text>{t("base.publish_hint")}</Text>
      <Textarea
        label={t("base.source_label")}
        autosize
        minRows={10}
        maxRows={14}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", whiteSpace: "pre", overflowX: "auto" } }}
        value={source}
        onChange={(e) => setSource(e.currentTarget.value)}
        data-autofocus
      />
      <Text size="sm" c="dimmed" role="status">
        {source.trim() === "" ? "" : checking ? t("base.checking") : check.data?.publishable ? t("base.sound") : check.data ? t("base.unsound") : ""}
      </Text>
      {source.trim() !== "" && findings.length > 0 && <FindingLines findings={findings} />}
      <ProblemAlert error={check.error ?? publish.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button disabled={checking || source === text || check.data?.publishable !== true} loading={publish.isPending} onClick={() => publish.mutate({ source })}>
          {t("base.publish")}
        </Button>
      </Group>
    </Stack>
  );
}
