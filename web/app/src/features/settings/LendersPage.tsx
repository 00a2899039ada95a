import { Button, Group, Paper, Stack } from "@mantine/core";
import { IconBuildingBank, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Lender } from "~/api/types";
import { useSession } from "~/app/session";
import { lendersQuery } from "~/features/lenders/lenders";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { LenderCard } from "./LenderCard";
import { NewLenderDialog } from "./NewLenderDialog";
import { NewProductDialog } from "./NewProductDialog";

/** The banks the agency works with, their agreements and what they offer. */
export function LendersPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const lenders = useQuery(lendersQuery);
  const [adding, setAdding] = useState(false);
  const [productOf, setProductOf] = useState<Lender | null>(null);
  const editable = can("lenders.write");
  const add = editable && (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setAdding(true)}>
      {t("lenders.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("settings.lenders")} actions={<Group gap="xs">{add}</Group>} />
      <QueryView query={lenders}>
        {(list) =>
          list.length === 0 ? (
            <Paper bg="var(--paper)">
              <EmptyState icon={IconBuildingBank} title={t("lenders.none")} action={add}>
                {t("lenders.none_hint")}
              </EmptyState>
            </Paper>
          ) : (
            <Stack gap="md">
              {list.map((l) => (
                <LenderCard key={l.id} lender={l} editable={editable} onAddProduct={() => setProductOf(l)} />
              ))}
            </Stack>
          )
        }
      </QueryView>
      {adding && <NewLenderDialog onClose={() => setAdding(false)} />}
      {productOf && <NewProductDialog lender={productOf} onClose={() => setProductOf(null)} />}
    </>
  );
}
