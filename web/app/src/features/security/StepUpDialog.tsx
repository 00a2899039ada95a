import { Button, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { answerStepUp } from "~/api/stepUp";
import type { Factors, Proof } from "~/api/types";
import { BoundProof } from "~/features/federation/BoundAccount";
import { isBound } from "~/features/federation/federation";
import { QueryView } from "~/ui/QueryView";
import { PasswordLink } from "./PasswordLink";
import { ProofForm } from "./ProofForm";
import { factorsQuery, type Method } from "./security";

/** Which ways a person has to confirm that it is them; the strongest first. */
const methodsOf = (f: Factors): Method[] => [...(f.passkeys > 0 ? (["passkey"] as const) : []), ...(f.totp ? (["code"] as const) : []), ...(f.password ? (["password"] as const) : [])];

/** Stands by for requests that want a fresh proof of the person, whatever page or dialog they come from. */
export function StepUpDialog() {
  const { t } = useTranslation();
  const settle = useRef<((proven: boolean) => void) | null>(null);
  const [opened, setOpened] = useState(false);
  const close = useCallback((proven: boolean) => {
    settle.current?.(proven);
    settle.current = null;
    setOpened(false);
  }, []);
  useEffect(
    () =>
      answerStepUp(() => {
        setOpened(true);
        return new Promise((resolve) => (settle.current = resolve));
      }),
    [],
  );
  useEscape(() => close(false), settle);
  return (
    <Modal opened={opened} onClose={() => close(false)} closeOnEscape={false} closeOnClickOutside={false} zIndex={400} title={t("security.step_up")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {opened && <Proving onProven={() => close(true)} />}
    </Modal>
  );
}

function Proving({ onProven }: { onProven: () => void }) {
  const { t } = useTranslation();
  const factors = useQuery(factorsQuery);
  const verify = async (body: Proof) => {
    await take(api.POST("/api/v1/auth/verify", { body }));
    onProven();
  };
  if (isBound(factors.error)) return <BoundProof />;
  return (
    <Stack gap="md">
      <Text c="dimmed">{t("security.step_up_hint")}</Text>
      <QueryView query={factors}>
        {(f) => {
          const methods = methodsOf(f);
          if (methods.length > 0) return <ProofForm methods={methods} action={t("security.confirm")} onProof={verify} />;
          return (
            <>
              <Text>{t("security.step_up_nothing")}</Text>
              <PasswordLink />
              <Button variant="default" component="a" href="/login">
                {t("security.sign_in_again")}
              </Button>
            </>
          );
        }}
      </QueryView>
    </Stack>
  );
}

/**
 * Escape leaves this dialog only: the one below keeps what was typed in it. Every dialog listens to the window, the first one
 * to listen hears first, and this listens from the start of the page.
 */
function useEscape(leave: () => void, open: React.RefObject<unknown>) {
  const last = useRef(leave);
  last.current = leave;
  useEffect(() => {
    const hear = (e: KeyboardEvent) => {
      if (e.key !== "Escape" || !open.current) return;
      e.stopImmediatePropagation();
      last.current();
    };
    window.addEventListener("keydown", hear, { capture: true });
    return () => window.removeEventListener("keydown", hear, { capture: true });
  }, [open]);
}
