import { ActionIcon, Badge, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { Confirm } from "~/ui/Confirm";
import { TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import rows from "../parties/parties.module.css";
import type { Collateral } from "../types";
import { useChange } from "../useChange";
import { LienRank } from "./LienRank";

/** A property in one purpose, with what it is worth. */
export function PropertyRow({ link: p, wanted }: { link: Collateral; wanted: boolean }) {
  const { t } = useTranslation();
  const { editable } = useFile();
  const landing = useLanding<HTMLLIElement>(wanted);
  return (
    <li {...landing} className={`${rows.row} ${landing.className}`}>
      <div className={rows.who}>
        <TextLink to="/properties/$id" params={{ id: p.property_id }} fw={600}>
          {p.address_line}
        </TextLink>
        <Group gap={6} mt={2}>
          <Badge color="petrol" variant={p.purpose === "mortgaged" ? "light" : "default"}>{t(`application.properties.purpose.${p.purpose}`, { defaultValue: p.purpose })}</Badge>
        </Group>
      </div>
      <dl className={rows.facts}>
        <div>
          <dt>{t("application.price")}</dt>
          <dd>
            <Money cents={p.price_cents} />
          </dd>
        </div>
        <div>
          <dt>{t("application.appraisal")}</dt>
          <dd>
            <Money cents={p.appraisal_cents} />
          </dd>
        </div>
        <div>
          <dt>{t("application.properties.lien")}</dt>
          <dd>
            <LienRank link={p} />
          </dd>
        </div>
      </dl>
      {editable ? <Remove link={p} /> : <span />}
    </li>
  );
}

function Remove({ link: p }: { link: Collateral }) {
  const { t } = useTranslation();
  const { file } = useFile();
  const [opened, { open, close }] = useDisclosure();
  const remove = useChange({
    send: () => take(api.DELETE("/api/v1/applications/{id}/properties/{linkId}", { params: { path: { id: file.id, linkId: p.id }, header: ifMatch(file.version) } })),
    onDone: close,
  });
  const what = { address: p.address_line, purpose: t(`application.properties.purpose.${p.purpose}`, { defaultValue: p.purpose }) };
  return (
    <>
      <ActionIcon variant="subtle" color="gray" onClick={open} aria-label={t("application.properties.remove_one", what)}>
        <IconX size={17} aria-hidden />
      </ActionIcon>
      <Confirm
        opened={opened}
        onClose={close}
        title={t("application.properties.remove")}
        action={t("application.remove")}
        danger
        pending={remove.pending}
        error={remove.error}
        onConfirm={() => remove.run(undefined)}
      >
        {t("application.properties.remove_text", what)}
      </Confirm>
    </>
  );
}
