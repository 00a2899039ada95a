import { Badge, Checkbox, Group, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Lender, Product } from "~/api/types";
import { activeOn } from "~/features/lenders/lenders";
import { DateText } from "~/ui/DateText";
import { today } from "~/ui/format";
import { Percent } from "~/ui/Money";
import { useFile } from "../FileContext";
import type { Submission } from "../types";
import { agreedUntil, alreadyAt, over } from "./lenders";
import { PreCheck } from "./PreCheck";

type Props = { lender: Lender; sent: Submission[]; products: Product[]; product: string | undefined; onChange: (product: string | undefined) => void };

/** A lender to choose: whether the agency may send to it, what it allows, how it is reached, and with which product. */
export function LenderChoice({ lender: l, sent, products, product, onChange }: Props) {
  const { t } = useTranslation();
  const { file } = useFile();
  const day = today();
  const there = alreadyAt(l, sent);
  const until = agreedUntil(l, day);
  const ticked = product !== undefined;
  return (
    <li style={{ borderTop: "1px solid var(--line)", padding: "12px 0" }}>
    <Group align="flex-start" gap="md">
      <Checkbox
        mt={2}
        flex="1 1 260px"
        checked={ticked}
        disabled={there !== undefined}
        onChange={(e) => onChange(e.currentTarget.checked ? (products[0]?.id ?? "") : undefined)}
        label={<b>{l.name}</b>}
        description={
          <Group component="span" gap={6} mt={4}>
            {there && <Badge component="span" variant="default">{t("application.send.already")}</Badge>}
            {activeOn(l, day) ? (
              <Badge component="span" color="moss">
                {until ? (
                  <>
                    {t("application.send.agreed_until")} <DateText at={until} />
                  </>
                ) : (
                  t("application.send.agreed")
                )}
              </Badge>
            ) : (
              <Badge component="span" color="brick">{t("application.send.not_agreed")}</Badge>
            )}
            <Limit name={t("application.ltv")} value={file.ltv_bps} limit={l.max_ltv_bps} />
            <Limit name={t("application.dti")} value={file.dti_bps} limit={l.max_dti_bps} />
            {products.length === 0 && (
              <Badge component="span" color="ochre">
                {t("application.send.none_fits")}
              </Badge>
            )}
            <Badge component="span" color="ink" variant={l.connection ? "light" : "default"}>{t(l.connection ? "application.send.connected" : "application.send.by_hand")}</Badge>
          </Group>
        }
      />
      {ticked && products.length > 0 && (
        <Select
          w={230}
          size="sm"
          aria-label={t("application.send.product_of", { lender: l.name })}
          placeholder={t("application.send.no_product")}
          data={products.map((p) => ({ value: p.id, label: p.name }))}
          value={product || null}
          clearable
          onChange={(v) => onChange(v ?? "")}
        />
      )}
    </Group>
    {l.connection && !there && <PreCheck application={file.id} lender={l} />}
    </li>
  );
}

function Limit({ name, value, limit }: { name: string; value: number | null; limit: number }) {
  const { t } = useTranslation();
  return (
    <Badge component="span" color="ochre" variant={over(value, limit) ? "light" : "default"}>
      {name} <Percent bps={value} /> {t("application.send.of")} <Percent bps={limit} />
    </Badge>
  );
}
