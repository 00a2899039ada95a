import { useTranslation } from "react-i18next";
import { TextLink } from "~/ui/links";
import { pageOf, prefixOf, shortOf } from "./audit";

/** What an entry is about, by its kind and the end of its id: its name is read, and noted as read, on its own page. */
export function Noun({ id }: { id: string }) {
  const { t } = useTranslation();
  if (!id) return <>—</>;
  const words = (
    <span title={id}>
      {t(`audit.noun.${prefixOf(id)}`, { defaultValue: "" })} {shortOf(id)}
    </span>
  );
  const page = pageOf(id);
  return page ? <TextLink {...page}>{words}</TextLink> : words;
}
