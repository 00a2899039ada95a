import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconClock, IconFileText } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { HoldingList } from "../blocked/HoldingList";
import page from "../file.module.css";
import { ProblemAlert } from "~/ui/ProblemAlert";
import type { Result } from "./useSendToLenders";

type Props = { results: Result[]; pending: boolean; onClose: () => void };

/** What became of each lender that was chosen. */
export function SendResults({ results, pending, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="md" aria-live="polite">
      <ul className={page.list}>
        {results.map((r) => (
          <li key={r.lender.id} style={{ borderTop: "1px solid var(--line)", padding: "10px 0" }}>
            <Group gap={10}>
              <Sign of={r.state} />
              <Text fw={600}>{r.lender.name}</Text>
              <Text size="sm">{t(`application.send.result.${r.state}`)}</Text>
            </Group>
            {r.problem && (r.problem.blockers.length > 0 ? <HoldingList blockers={r.problem.blockers} onNavigate={onClose} /> : <ProblemAlert error={r.problem} />)}
          </li>
        ))}
      </ul>
      <Group justify="flex-end">
        <Button onClick={onClose} disabled={pending}>
          {t("common.close")}
        </Button>
      </Group>
    </Stack>
  );
}

function Sign({ of }: { of: Result["state"] }) {
  switch (of) {
    case "running":
      return <Loader size={18} />;
    case "waiting":
      return <IconClock size={20} aria-hidden />;
    case "sent":
      return <IconCircleCheck size={20} aria-hidden color="light-dark(var(--mantine-color-moss-7), var(--mantine-color-moss-4))" />;
    case "drafted":
      return <IconFileText size={20} aria-hidden color="light-dark(var(--mantine-color-ochre-7), var(--mantine-color-ochre-4))" />;
    case "failed":
      return <IconCircleX size={20} aria-hidden color="light-dark(var(--mantine-color-brick-7), var(--mantine-color-brick-4))" />;
  }
}
