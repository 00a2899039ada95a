import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHome, IconHomePlus } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { useLanding } from "../landing";
import { AddPropertyDialog } from "./AddPropertyDialog";
import { PropertyRow } from "./PropertyRow";

/** The properties of a file, each for its purpose. */
export function PropertiesTab() {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const { tab, subject } = useSearch({ from: "/inside/applications/$id" });
  const [opened, { open, close }] = useDisclosure();
  const landing = useLanding<HTMLDivElement>(tab === "properties" && !subject, { section: true });
  const properties = file.properties ?? [];
  const add = editable && (
    <Button size="compact-sm" leftSection={<IconHomePlus size={15} aria-hidden />} onClick={open}>
      {t("application.properties.add")}
    </Button>
  );
  return (
    <div {...landing}>
      <Section title={t("application.tab.properties")} count={properties.length} actions={add} flush>
        {properties.length === 0 ? (
          <EmptyState icon={IconHome} title={t("application.properties.none")}>
            {t("application.properties.none_hint")}
          </EmptyState>
        ) : (
          <ul className={classes.list}>
            {properties.map((p) => (
              <PropertyRow key={p.id} link={p} wanted={subject === p.property_id} />
            ))}
          </ul>
        )}
        <AddPropertyDialog opened={opened} onClose={close} />
      </Section>
    </div>
  );
}
