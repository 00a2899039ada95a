import { Badge, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { AppSecret, Factors } from "~/api/types";
import { Confirm } from "~/ui/Confirm";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { AppDialog } from "./AppDialog";
import { RecoveryCodes } from "./RecoveryCodes";

/** Codes of an authenticator app, and the recovery codes for when nothing else is at hand. */
export function AppSection({ factors }: { factors: UseQueryResult<Factors, Error> }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: ["security"] });
  const [secret, setSecret] = useState<AppSecret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [removing, setRemoving] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const begin = useMutation({ mutationFn: () => take(api.POST("/api/v1/me/totp")), onSuccess: setSecret });
  const remove = useMutation({
    mutationFn: () => take(api.DELETE("/api/v1/me/totp")),
    onSuccess: () => {
      setRemoving(false);
      refresh();
    },
  });
  const renew = useMutation({
    mutationFn: async () => (await take(api.POST("/api/v1/me/recovery-codes"))).recovery_codes ?? [],
    onSuccess: (fresh) => {
      setRenewing(false);
      setCodes(fresh);
      refresh();
    },
  });
  return (
    <Section title={t("security.app")}>
      <QueryView query={factors}>
        {(f) => (
          <Stack gap="sm">
            <ProblemAlert error={begin.error} />
            <Group justify="space-between" gap="sm">
              <Stack gap={4} align="flex-start" flex="1 1 260px">
                <Badge color={f.totp ? "moss" : "gray"}>{f.totp ? t("security.app_on") : t("security.app_off")}</Badge>
                <Text size="sm" c="dimmed">
                  {t("security.app_hint")}
                </Text>
              </Stack>
              {f.totp ? (
                <Button variant="subtle" color="brick" onClick={() => setRemoving(true)}>
                  {t("security.app_remove")}
                </Button>
              ) : (
                <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate()}>
                  {t("security.app_add")}
                </Button>
              )}
            </Group>
            {(f.totp || f.passkeys > 0) && (
              <Group justify="space-between" gap="sm">
                <Stack gap={4} align="flex-start" flex="1 1 260px">
                  <Badge color={f.recovery_codes > 2 ? "moss" : "ochre"}>{t("security.codes_left", { count: f.recovery_codes })}</Badge>
                  <Text size="sm" c="dimmed">
                    {t("security.codes_hint")}
                  </Text>
                </Stack>
                <Button variant="subtle" onClick={() => setRenewing(true)}>
                  {t("security.codes_renew")}
                </Button>
              </Group>
            )}
          </Stack>
        )}
      </QueryView>
      {secret && <AppDialog secret={secret} onClose={() => setSecret(null)} />}
      {codes && (
        <Modal opened onClose={() => setCodes(null)} title={t("security.codes")} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
          <RecoveryCodes codes={codes} done={t("security.codes_kept")} onDone={() => setCodes(null)} />
        </Modal>
      )}
      {removing && (
        <Confirm opened danger onClose={() => setRemoving(false)} title={t("security.app_remove")} action={t("security.app_remove")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()}>
          <Text>{t("security.app_remove_hint")}</Text>
        </Confirm>
      )}
      {renewing && (
        <Confirm opened onClose={() => setRenewing(false)} title={t("security.codes_renew")} action={t("security.codes_renew")} pending={renew.isPending} error={renew.error} onConfirm={() => renew.mutate()}>
          <Text>{t("security.codes_renew_hint")}</Text>
        </Confirm>
      )}
    </Section>
  );
}
