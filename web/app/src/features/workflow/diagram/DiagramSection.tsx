import { lazy, Suspense } from "react";
import { IconSchemaOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Diagram } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { Loading } from "~/ui/Loading";
import { Section } from "~/ui/Section";
import classes from "./diagram.module.css";
import { TransitionTable } from "./TransitionTable";

const DiagramView = lazy(() => import("./DiagramView"));

type Props = { diagram: Diagram | null; lit: string[]; onOpen: (line: number) => void };

/** The template as a picture, and the same in words for those who do not see it. */
export function DiagramSection({ diagram, lit, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <Section title={t("workflow.diagram.title")} flush>
      {!diagram || (diagram.states ?? []).length === 0 ? (
        <EmptyState compact icon={IconSchemaOff} title={t("workflow.diagram.none")}>
          {t("workflow.diagram.none_hint")}
        </EmptyState>
      ) : (
        <>
          <Suspense fallback={<div className={classes.canvas}><Loading rows={8} /></div>}>
            <DiagramView diagram={diagram} lit={lit} onOpen={onOpen} />
          </Suspense>
          <details className={classes.words}>
            <summary>{t("workflow.diagram.as_table")}</summary>
            <TransitionTable diagram={diagram} lit={lit} />
          </details>
        </>
      )}
    </Section>
  );
}
