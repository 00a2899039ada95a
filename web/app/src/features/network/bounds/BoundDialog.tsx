import { Radio, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PolicyBound, PolicyBounds } from "~/api/types";
import { byNoun, doing, nounWord } from "~/features/roles/rules";
import { FormDialog } from "~/ui/FormDialog";
import { isProblem } from "~/api/problem";
import { useSetBounds } from "./bounds";

/** Lays down what agencies may not decide, or nobody in them may do. */
export function BoundDialog({ network, bounds, onClose }: { network: string; bounds: PolicyBounds; onClose: () => void }) {
  const { t } = useTranslation();
  const [action, setAction] = useState<string | null>(null);
  const [kind, setKind] = useState<PolicyBound["kind"]>("reserved");
  const [tried, setTried] = useState(false);
  const set = useSetBounds(network, onClose);
  const items = bounds.items ?? [];
  const free = (bounds.actions ?? []).filter((a) => !items.some((b) => b.action === a)).map((a) => ({ action: a }));
  const refused = isProblem(set.error) && set.error.code === "bounds.invalid" ? t("problem.code.bounds_invalid") : undefined;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("bounds.add")}
      action={t("bounds.lay_down")}
      pending={set.isPending}
      error={refused ? null : set.error}
      onSubmit={() => {
        setTried(true);
        if (action) set.mutate({ version: bounds.version, items: [...items, { action, kind }] });
      }}
    >
      <Select
        label={t("bounds.what")}
        searchable
        withAsterisk
        data-autofocus
        data={byNoun(free).map(([noun, list]) => ({ group: nounWord(t, noun), items: list.map((a) => ({ value: a.action, label: doing(t, a.action) })) }))}
        value={action}
        error={tried && !action ? t("form.required") : refused}
        onChange={(a) => {
          setAction(a);
          set.reset();
        }}
      />
      <Radio.Group
        label={t("bounds.how")}
        value={kind}
        onChange={(k) => {
          setKind(k as PolicyBound["kind"]);
          set.reset();
        }}
      >
        <Stack gap="xs" mt={4}>
          {(["reserved", "forbidden"] as const).map((k) => (
            <Radio key={k} value={k} label={t(`bounds.kind.${k}`)} description={t(`bounds.kind_hint.${k}`)} />
          ))}
        </Stack>
      </Radio.Group>
    </FormDialog>
  );
}
