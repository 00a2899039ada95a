import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Passkey } from "~/api/types";
import { Confirm } from "~/ui/Confirm";
import { Ago, DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { AddPasskeyDialog } from "./AddPasskeyDialog";
import { RenamePasskeyDialog } from "./RenamePasskeyDialog";
import { passkeysQuery } from "./security";
import { passkeysWork } from "./webauthn";
import classes from "./security.module.css";

/** A person's passkeys. */
export function PasskeySection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const passkeys = useQuery(passkeysQuery);
  const [adding, setAdding] = useState(false);
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  const [removed, setRemoved] = useState<Passkey | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => take(api.DELETE("/api/v1/me/passkeys/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      setRemoved(null);
      void client.invalidateQueries({ queryKey: ["security"] });
    },
  });
  const add = (
    <Button variant="default" leftSection={<IconFingerprint size={17} aria-hidden />} disabled={!passkeysWork()} onClick={() => setAdding(true)}>
      {t("security.passkey_add")}
    </Button>
  );
  return (
    <Section title={t("security.passkeys")} count={passkeys.data?.length || undefined} actions={passkeys.data?.length ? add : undefined} flush>
      <QueryView query={passkeys}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconFingerprint} title={t("security.passkeys_none")} action={add}>
              {passkeysWork() ? t("security.passkeys_hint") : t("problem.code.web_no_passkeys")}
            </EmptyState>
          ) : (
            <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
              {list.map((p) => (
                <Group component="li" key={p.id} className="ruled" justify="space-between" px="md" py="sm" gap="xs">
                  <Stack gap={2} className={classes.facts} flex="1 1 220px">
                    <Group gap="xs">
                      <Text fw={600}>{p.name}</Text>
                      {p.cloned && <Badge color="brick">{t("security.passkey_cloned")}</Badge>}
                    </Group>
                    <Text size="sm" c="dimmed">
                      {t("security.added")} <DateText at={p.created_at} /> · {p.last_used_at ? <>{t("security.used")} <Ago at={p.last_used_at} /></> : t("security.unused")}
                    </Text>
                    {p.cloned && <Text size="sm">{t("security.passkey_cloned_hint")}</Text>}
                  </Stack>
                  <Group gap={4}>
                    <Button variant="subtle" size="compact-sm" aria-label={t("security.rename_of", { name: p.name })} onClick={() => setRenamed(p)}>
                      {t("security.rename")}
                    </Button>
                    <Button variant="subtle" color="brick" size="compact-sm" aria-label={t("security.remove_of", { name: p.name })} onClick={() => setRemoved(p)}>
                      {t("security.remove")}
                    </Button>
                  </Group>
                </Group>
              ))}
            </ul>
          )
        }
      </QueryView>
      {adding && <AddPasskeyDialog onClose={() => setAdding(false)} />}
      {renamed && <RenamePasskeyDialog passkey={renamed} onClose={() => setRenamed(null)} />}
      {removed && (
        <Confirm opened danger onClose={() => setRemoved(null)} title={t("security.remove_of", { name: removed.name })} action={t("security.remove")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(removed.id)}>
          <Text>{t("security.passkey_remove_hint")}</Text>
        </Confirm>
      )}
    </Section>
  );
}
