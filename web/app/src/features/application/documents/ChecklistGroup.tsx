import { Badge, Group as Row, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEnumWord } from "~/ui/enums";
import { TextLink } from "~/ui/links";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import type { Doc, Item } from "../types";
import { type Group, isDueNow } from "./checklist";
import { ChecklistRow } from "./ChecklistRow";

type Props = { group: Group; all: Item[]; wanted: string | undefined; onOpen: (document: Doc) => void };

/** The papers of one person, of one property, or of the file. */
export function ChecklistGroup({ group: { owner, items }, all, wanted, onOpen }: Props) {
  const { t } = useTranslation();
  const { file } = useFile();
  const word = useEnumWord();
  const due = all.filter((i) => i.owner.id === owner.id && isDueNow(i));
  const good = due.filter((i) => i.failure === null).length;
  const roles = [...new Set((file.parties ?? []).filter((p) => p.subject_id === owner.id).map((p) => word("party", p.role_type)))];
  return (
    <Section
      title={owner.type === "file" ? t("application.documents.of_file") : owner.name}
      flush
      actions={
        <Row gap={10}>
          {roles.length > 0 && (
            <Text size="sm" c="dimmed">
              {roles.join(", ")}
            </Text>
          )}
          {owner.type === "subject" && (
            <TextLink to="/subjects/$id" params={{ id: owner.id }} size="sm">
              {t("application.documents.person")}
            </TextLink>
          )}
          {owner.type === "property" && (
            <TextLink to="/properties/$id" params={{ id: owner.id }} size="sm">
              {t("application.documents.property")}
            </TextLink>
          )}
          {due.length > 0 && <Badge color={good === due.length ? "moss" : "ochre"}>{t("application.documents.good_of", { good, count: due.length })}</Badge>}
        </Row>
      }
    >
      <ul className={classes.list}>
        {items.map((item) => (
          <ChecklistRow key={item.kind} item={item} wanted={wanted === item.kind} onOpen={onOpen} />
        ))}
      </ul>
    </Section>
  );
}
