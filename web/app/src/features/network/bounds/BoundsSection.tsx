import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconLock, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PolicyBounds } from "~/api/types";
import { useSession } from "~/app/session";
import { doing, nounOf, nounWord } from "~/features/roles/rules";
import { EmptyState } from "~/ui/EmptyState";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { BoundDialog } from "./BoundDialog";
import { boundsQuery, useSetBounds } from "./bounds";

/** What the network lays down for the roles of all its agencies. */
export function BoundsSection({ network }: { network: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const bounds = useQuery(boundsQuery(network));
  const [adding, setAdding] = useState(false);
  const editable = can("networks.govern");
  const add = editable && bounds.data && (
    <Button variant="default" leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setAdding(true)}>
      {t("bounds.add")}
    </Button>
  );
  return (
    <Section title={t("bounds.bounds")} count={bounds.data?.items?.length || undefined} actions={bounds.data?.items?.length ? add : undefined} flush>
      <QueryView query={bounds}>
        {(b) =>
          (b.items ?? []).length === 0 ? (
            <EmptyState compact icon={IconLock} title={t("bounds.none")} action={add}>
              {t("bounds.none_hint")}
            </EmptyState>
          ) : (
            <Bounds network={network} bounds={b} editable={editable} />
          )
        }
      </QueryView>
      {adding && bounds.data && <BoundDialog network={network} bounds={bounds.data} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function Bounds({ network, bounds, editable }: { network: string; bounds: PolicyBounds; editable: boolean }) {
  const { t } = useTranslation();
  const set = useSetBounds(network);
  const items = bounds.items ?? [];
  return (
    <>
      <ProblemAlert error={set.error} />
      <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {items.map((b) => (
          <Group component="li" key={b.action} className="ruled" justify="space-between" px="md" py="sm" gap="xs">
            <Stack gap={2} flex="1 1 260px">
              <Group gap="xs">
                <Badge color={b.kind === "forbidden" ? "brick" : "ochre"}>{t(`bounds.kind.${b.kind}`)}</Badge>
                <Text fw={600} title={b.action}>
                  {doing(t, b.action)}
                </Text>
              </Group>
              <Text size="sm" c="dimmed">
                {nounWord(t, nounOf(b.action))} · {t(`bounds.kind_hint.${b.kind}`)}
              </Text>
            </Stack>
            {editable && (
              <Button
                variant="subtle"
                color="brick"
                size="compact-sm"
                disabled={set.isPending}
                aria-label={t("bounds.lift_of", { what: doing(t, b.action) })}
                onClick={() => set.mutate({ version: bounds.version, items: items.filter((x) => x.action !== b.action) })}
              >
                {t("bounds.lift")}
              </Button>
            )}
          </Group>
        ))}
      </ul>
    </>
  );
}
