import { useTranslation } from "react-i18next";
import type { Diagram } from "~/api/types";
import { useLanguage } from "~/ui/language";
import { type Line, wrapped } from "./picture";

type Transition = NonNullable<Diagram["transitions"]>[number];

/** What lines of the picture are called. */
export function useDiagramWords() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const event = (tr: Transition) => {
    const title = tr.on === "" ? t("workflow.diagram.eventless") : tr.on === "done" ? t("workflow.diagram.done") : say(tr.title);
    return tr.otherwise ? t("workflow.diagram.otherwise", { event: title }) : title;
  };
  /** Each different word, on rows that are not long; what is drawn from many states says so. */
  const label = (line: Line) => {
    const titles = line.carries.map((c) => (c.many > 1 ? t("workflow.diagram.from_many", { event: event(c.transition), count: c.many }) : event(c.transition)));
    return [...new Set(titles)].flatMap((title) => wrapped(title, 18)).join("\n");
  };
  return { event, label };
}
