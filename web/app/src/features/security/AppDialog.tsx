import { Code, CopyButton, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { isProblem } from "~/api/problem";
import type { AppSecret } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { problemSentence } from "~/ui/problemWords";
import { RecoveryCodes } from "./RecoveryCodes";
import classes from "./security.module.css";

type Props = { secret: AppSecret; onClose: () => void; onAdded?: () => void };

/** Sets an authenticator app up: scan, type its first code, keep the recovery codes. */
export function AppDialog({ secret, onClose, onAdded }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const [tried, setTried] = useState(false);
  const confirm = useMutation({
    mutationFn: async () => (await take(api.POST("/api/v1/me/totp/confirm", { body: { code: code.replace(/\s/g, "") } }))).recovery_codes ?? [],
    onSuccess: (fresh) => {
      void client.invalidateQueries({ queryKey: ["security"] });
      setCodes(fresh);
    },
    onError: () => setCode(""),
  });
  const wrong = isProblem(confirm.error) && confirm.error.code === "auth.code" ? problemSentence(confirm.error) : undefined;
  const done = () => {
    onClose();
    onAdded?.();
  };
  if (codes) {
    return (
      <Modal opened onClose={done} title={t("security.codes")} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
        <RecoveryCodes codes={codes} done={t("security.codes_kept")} onDone={done} />
      </Modal>
    );
  }
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("security.app_add")}
      action={t("security.app_confirm")}
      pending={confirm.isPending}
      error={wrong ? null : confirm.error}
      onSubmit={() => {
        setTried(true);
        if (code.trim()) confirm.mutate();
      }}
    >
      <Text>{t("security.app_scan")}</Text>
      <Group justify="center">
        <img className={classes.qr} src={secret.qr} width={200} height={200} alt={t("security.qr")} />
      </Group>
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {t("security.app_type")}
        </Text>
        <Group gap="xs">
          <Code data-testid="secret" style={{ overflowWrap: "anywhere", flex: "1 1 180px" }}>
            {secret.secret.replace(/(.{4})(?=.)/g, "$1 ")}
          </Code>
          <CopyButton value={secret.secret}>
            {({ copied, copy }) => (
              <Button variant="subtle" size="compact-sm" onClick={copy}>
                {copied ? t("security.copied") : t("security.copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
      <TextInput label={t("security.code")} description={t("security.code_hint")} withAsterisk inputMode="numeric" autoComplete="one-time-code" maxLength={7} data-autofocus value={code} error={wrong ?? (tried && !code.trim() ? t("form.required") : undefined)} onChange={(e) => {
          setCode(e.currentTarget.value);
          if (confirm.isError) confirm.reset();
        }}
      />
    </FormDialog>
  );
}
