import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { useLanding } from "../landing";
import { AddPartyDialog } from "./AddPartyDialog";
import { PartyRow } from "./PartyRow";

/** Who takes part, as what, and with what income. */
export function PartiesTab() {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const { tab, subject } = useSearch({ from: "/inside/applications/$id" });
  const [opened, { open, close }] = useDisclosure();
  const parties = file.parties ?? [];
  const landing = useLanding<HTMLDivElement>(tab === "parties" && !subject, { section: true });
  const add = editable && (
    <Button size="compact-sm" leftSection={<IconUserPlus size={15} aria-hidden />} onClick={open}>
      {t("application.parties.add")}
    </Button>
  );
  return (
    <div {...landing}>
      <Section title={t("application.tab.parties")} count={parties.length} actions={add} flush>
        {parties.length === 0 ? (
          <EmptyState icon={IconUsers} title={t("application.parties.none")}>
            {t("application.parties.none_hint")}
          </EmptyState>
        ) : (
          <ul className={classes.list}>
            {parties.map((p) => (
              <PartyRow key={p.id} party={p} wanted={subject === p.subject_id} />
            ))}
          </ul>
        )}
        <AddPartyDialog opened={opened} onClose={close} />
      </Section>
    </div>
  );
}
