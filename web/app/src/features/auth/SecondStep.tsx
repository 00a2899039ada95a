import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { isProblem } from "~/api/problem";
import type { Proof, SignIn } from "~/api/types";
import { ProofForm } from "~/features/security/ProofForm";
import type { Method } from "~/features/security/security";
import { TextLink } from "~/ui/links";
import { AuthFrame } from "./AuthFrame";

/** In the order in which they are offered; the server's names on the left. */
const ways: [string, Method][] = [
  ["passkey", "passkey"],
  ["totp", "code"],
  ["recovery", "recovery"],
];

type Props = { factors: string[]; onDone: (answer: SignIn) => void; onAgain?: (problem?: unknown) => void };

/** The second half of a sign-in. When its time is over, it begins again with the password. */
export function SecondStep({ factors, onDone, onAgain }: Props) {
  const { t } = useTranslation();
  const prove = async (body: Proof) => {
    try {
      onDone((await take(api.POST("/api/v1/auth/second-factor", { body }))) as SignIn);
    } catch (error) {
      if (isProblem(error) && error.code === "auth.pending") onAgain?.(error);
      throw error;
    }
  };
  return (
    <AuthFrame title={t("auth.second_title")} hint={t("auth.second_hint")}>
      <ProofForm methods={ways.filter(([name]) => factors.includes(name)).map(([, method]) => method)} action={t("auth.sign_in")} onProof={prove} />
      {onAgain ? (
        <Button variant="subtle" size="compact-sm" px={0} style={{ alignSelf: "flex-start" }} onClick={() => onAgain()}>
          {t("auth.back")}
        </Button>
      ) : (
        <TextLink to="/login" size="sm">
          {t("auth.back")}
        </TextLink>
      )}
    </AuthFrame>
  );
}
