import { Button, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuildingBank, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { lendersQuery } from "~/features/lenders/lenders";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import { submissionsQuery } from "../queries";
import { SendDialog } from "./SendDialog";
import { SubmissionCard } from "./SubmissionCard";

/** The file at its lenders, a card each. */
export function SubmissionsTab() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { file } = useFile();
  const { tab, submission } = useSearch({ from: "/inside/applications/$id" });
  const submissions = useQuery(submissionsQuery(file.id));
  const lenders = useQuery({ ...lendersQuery, enabled: can("lenders.read") });
  const [opened, { open, close }] = useDisclosure();
  const landing = useLanding<HTMLDivElement>(tab === "submissions" && !submission && submissions.isSuccess, { section: true });
  const send = can("submissions.write") && file.outcome === null && (
    <Button size="compact-md" variant="light" leftSection={<IconSend size={16} aria-hidden />} onClick={open}>
      {t("application.send.title")}
    </Button>
  );
  return (
    <div {...landing}>
      <QueryView query={submissions}>
        {(list) =>
          list.length === 0 ? (
            <Section title={t("application.tab.submissions")} flush>
              <EmptyState icon={IconBuildingBank} title={t("application.submissions.none")} action={send}>
                {t("application.submissions.none_hint")}
              </EmptyState>
            </Section>
          ) : (
            <Stack gap="md">
              {send && <div style={{ textAlign: "right" }}>{send}</div>}
              {list.map((s) => (
                <SubmissionCard key={s.id} submission={s} lender={lenders.data?.find((l) => l.id === s.lender.id)} wanted={submission === s.id} />
              ))}
            </Stack>
          )
        }
      </QueryView>
      <SendDialog opened={opened} onClose={close} />
    </div>
  );
}
