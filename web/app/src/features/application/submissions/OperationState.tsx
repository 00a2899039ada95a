import { Badge, Button, Group } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSession } from "~/app/session";
import type { Operation } from "~/api/types";
import { type OperationState as State, stateColor } from "~/features/operations/operations";
import { OperationWords } from "~/features/operations/OperationWords";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useChange } from "../useChange";

/** How the exchange with the lender's portal goes, in words, and a way to try again. */
export function OperationState({ operation: o }: { operation: Operation }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const retry = useChange({
    send: (_: void, once) => take(api.POST("/api/v1/operations/{id}/retry", { params: { path: { id: o.id }, header: { ...once({}) } } })),
    touches: ["operations", "submissions"],
  });
  return (
    <div role="status">
      <Group gap={10}>
        <Badge color={stateColor[o.state as State]}>
          {t(`operations.method.${o.method}`, { defaultValue: o.method })}: {t(`operations.state.${o.state}`)}
        </Badge>
        <OperationWords operation={o} />
        {o.state === "failed" && can("operations.retry") && (
          <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} loading={retry.pending} onClick={() => retry.run()}>
            {t("common.again")}
          </Button>
        )}
      </Group>
      <ProblemAlert error={retry.error} />
    </div>
  );
}
