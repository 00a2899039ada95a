import { Paper, Stack, Text } from "@mantine/core";
import { IconChevronRight, IconEye, IconFolderOff, IconHandStop, IconId, IconLifebuoy, type Icon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { AskedList } from "./AskedList";
import { BankAsked } from "./BankAsked";
import { FileCard } from "./FileCard";
import { askedQuery, filesQuery } from "./portal";
import classes from "./portal.module.css";
import { type PortalView, portalViews } from "./views";
import { useOwn, useVisit } from "./visit";

const signs: Record<PortalView, Icon> = { me: IconId, consents: IconHandStop, access: IconEye, rights: IconLifebuoy };

/** What is asked of the person, where their files stand, and the way to the rest. */
export function Home() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const files = useOwn(filesQuery);
  const asked = useOwn(askedQuery);
  return (
    <Stack gap="md">
      <Text c="dimmed">{t("portal.hello", { name: me.display_name })}</Text>
      <BankAsked />
      <Section title={t("portal.asked")} flush>
        <QueryView query={asked}>{(items) => <AskedList items={items} />}</QueryView>
      </Section>
      <QueryView query={files}>
        {(items) =>
          items.length === 0 ? (
            <Paper bg="var(--paper)">
              <EmptyState icon={IconFolderOff} title={t("portal.no_files")} compact>
                {t("portal.no_files_hint")}
              </EmptyState>
            </Paper>
          ) : (
            items.map((f) => <FileCard key={f.id + f.role} file={f} />)
          )
        }
      </QueryView>
      <Paper component="nav" bg="var(--paper)" aria-label={t("portal.more")} className={classes.more}>
        {portalViews.map((view) => {
          const Sign = signs[view];
          return (
            <Link key={view} to="/portal" search={{ view }} className={`${classes.row} ruled`}>
              <Sign size={21} stroke={1.7} aria-hidden />
              <span className={classes.words}>
                <Text span fw={600}>
                  {t(`portal.view.${view}`)}
                </Text>
                <Text span size="sm" c="dimmed">
                  {t(`portal.view_hint.${view}`)}
                </Text>
              </span>
              <IconChevronRight size={18} aria-hidden />
            </Link>
          );
        })}
      </Paper>
    </Stack>
  );
}
