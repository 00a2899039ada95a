import { ActionIcon, Badge, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { subjectQuery } from "~/features/subjects/subjects";
import { Confirm } from "~/ui/Confirm";
import { useEnumWord } from "~/ui/enums";
import { TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import type { Party } from "../types";
import { useChange } from "../useChange";
import classes from "./parties.module.css";
import { Risk } from "./Risk";
import { Share } from "./Share";

/** A person or company in a role. */
export function PartyRow({ party: p, wanted }: { party: Party; wanted: boolean }) {
  const { t } = useTranslation();
  const word = useEnumWord();
  const { editable, file } = useFile();
  const subject = useQuery(subjectQuery(p.subject_id));
  const landing = useLanding<HTMLLIElement>(wanted);
  const warnings = subject.data?.warnings ?? [];
  return (
    <li {...landing} className={`${classes.row} ${landing.className}`}>
      <div className={classes.who}>
        <TextLink to="/subjects/$id" params={{ id: p.subject_id }} fw={600}>
          {p.display_name}
        </TextLink>
        <Group gap={6} mt={2}>
          <Badge color="petrol" variant={p.role_type === "applicant" ? "light" : "default"}>{word("party", p.role_type)}</Badge>
          {subject.data?.pep && <Badge color="brick">{t("subjects.pep")}</Badge>}
        </Group>
        <Text size="xs" c="dimmed" mt={2}>
          {p.tax_code ?? (file.masked?.includes("tax_code") ? "—" : t("application.parties.no_tax_code"))}
        </Text>
        {warnings.map((w) => (
          <Text key={w.code} size="xs" c="light-dark(var(--mantine-color-ochre-8), var(--mantine-color-ochre-3))">
            <IconAlertTriangle size={13} aria-hidden style={{ verticalAlign: -2 }} /> {t("subjects.tax_code")}: {t(`subjects.warning.${w.code}`, { defaultValue: w.message })}
          </Text>
        ))}
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>{t("application.parties.employment")}</dt>
          <dd>{p.employment ? t(`subjects.employment.${p.employment}`, { defaultValue: p.employment }) : "—"}</dd>
        </div>
        <div>
          <dt>{t("application.parties.income")}</dt>
          <dd>
            <Money cents={p.net_monthly_cents} />
          </dd>
        </div>
        <div>
          <dt>{t("application.parties.share")}</dt>
          <dd>
            <Share party={p} />
          </dd>
        </div>
        <div>
          <dt>{t("application.parties.risk")}</dt>
          <dd>{subject.data ? <Risk subject={subject.data} /> : "…"}</dd>
        </div>
      </dl>
      {editable ? <Remove party={p} /> : <span />}
    </li>
  );
}

function Remove({ party: p }: { party: Party }) {
  const { t } = useTranslation();
  const word = useEnumWord();
  const { file } = useFile();
  const [opened, { open, close }] = useDisclosure();
  const remove = useChange({
    send: () =>
      take(api.DELETE("/api/v1/applications/{id}/parties/{partyId}", { params: { path: { id: file.id, partyId: p.id }, header: ifMatch(file.version) } })),
    onDone: close,
  });
  return (
    <>
      <ActionIcon variant="subtle" color="gray" onClick={open} aria-label={t("application.parties.remove_name", { name: p.display_name, role: word("party", p.role_type) })}>
        <IconX size={17} aria-hidden />
      </ActionIcon>
      <Confirm
        opened={opened}
        onClose={close}
        title={t("application.parties.remove")}
        action={t("application.remove")}
        danger
        pending={remove.pending}
        error={remove.error}
        onConfirm={() => remove.run(undefined)}
      >
        {t("application.parties.remove_text", { name: p.display_name, role: word("party", p.role_type) })}
      </Confirm>
    </>
  );
}
