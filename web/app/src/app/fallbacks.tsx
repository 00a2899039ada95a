import { Container } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { isProblem } from "~/api/problem";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { Loading } from "~/ui/Loading";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";

/** An address that is none of ours. */
export function NotFound() {
  return (
    <Container size="sm" py={64} component="main">
      <Nothing />
    </Container>
  );
}

/** What stands in a page's place when there is nothing there, or nothing this person may see. */
export function Nothing() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("common.not_found")} />
      <EmptyState
        icon={IconMapOff}
        title={t("common.not_found_hint")}
        action={<TextLink to="/">{t("common.home")}</TextLink>}
      />
    </>
  );
}

/** A page that could not be shown. */
export function RouteProblem({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { t } = useTranslation();
  const { reset } = useQueryErrorResetBoundary();
  return (
    <Container size="sm" py={64}>
      <PageHeader title={t("common.failed")} />
      <ProblemAlert
        error={error}
        onRetry={() => {
          if (!isProblem(error)) return window.location.reload(); // code that did not come does not come by asking again
          reset();
          void router.invalidate();
        }}
      />
    </Container>
  );
}

export function Waiting() {
  return <Loading rows={6} />;
}
