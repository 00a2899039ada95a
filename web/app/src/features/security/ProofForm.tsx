import { Button, PasswordInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Proof } from "~/api/types";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { type Method, proofOf } from "./security";

type Props = { methods: Method[]; action: string; onProof: (proof: Proof) => Promise<unknown> };

/** One proof of who somebody is, by whichever way they have; the first is offered. */
export function ProofForm({ methods, action, onProof }: Props) {
  const { t } = useTranslation();
  const [method, setMethod] = useState<Method>(methods[0] ?? "password");
  const [typed, setTyped] = useState("");
  const prove = useMutation({ mutationFn: async () => onProof(await proofOf(method, typed)), onError: () => setTyped("") });
  const choose = (next: Method) => {
    setMethod(next);
    setTyped("");
    prove.reset();
  };
  const [missing, setMissing] = useState(false);
  const field = {
    value: typed,
    "data-autofocus": true,
    autoFocus: true,
    error: missing && typed.trim() === "" ? t("form.required") : undefined,
    onChange: (e: React.ChangeEvent<HTMLInputElement>) => setTyped(e.currentTarget.value),
  };
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        e.stopPropagation();
        const nothing = method !== "passkey" && typed.trim() === "";
        setMissing(nothing);
        if (!nothing) prove.mutate();
      }}
    >
      <Stack gap="md">
        {methods.length > 1 && (
          <SegmentedControl fullWidth size="sm" orientation="horizontal" aria-label={t("security.by")} data={methods.map((m) => ({ value: m, label: t(`security.method_short.${m}`) }))} value={method} onChange={(m) => choose(m as Method)} />
        )}
        <ProblemAlert error={prove.error} />
        {method === "passkey" && <Text c="dimmed">{t("security.passkey_use")}</Text>}
        {method === "code" && (
          <TextInput key="code" label={t("security.code")} description={t("security.code_hint")} inputMode="numeric" autoComplete="one-time-code" maxLength={7} {...field} />
        )}
        {method === "recovery" && <TextInput key="recovery" label={t("security.recovery_code")} description={t("security.recovery_hint")} autoComplete="off" maxLength={40} {...field} />}
        {method === "password" && (
          <PasswordInput key="password" label={t("auth.password")} autoComplete="current-password" visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }} {...field} />
        )}
        <Button type="submit" size="md" loading={prove.isPending} leftSection={method === "passkey" ? <IconFingerprint size={18} aria-hidden /> : undefined}>
          {method === "passkey" ? t("security.passkey_go") : action}
        </Button>
      </Stack>
    </form>
  );
}
