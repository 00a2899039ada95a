import { Switch, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { meKey } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Member } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { BranchInput, branchForm } from "./MemberBranch";
import { roleRefusal } from "./MemberRefusal";
import { ProviderAccount } from "~/features/federation/ProviderAccount";
import { RoleSelect } from "./RoleSelect";

/** Changes what a person may do, or shuts them out; what they did stays. */
export function MemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [roles, setRoles] = useState(member.roles ?? []);
  const [branch, setBranch] = useState(member.branch);
  const [active, setActive] = useState(member.status !== "disabled");
  const change = useSend({
    send: () =>
      take(
        api.PATCH("/api/v1/members/{id}", {
          params: { path: { id: member.id }, header: ifMatch(member.version) },
          // an invitation not yet taken up stays one, unless it is withdrawn
          body: { roles, branch, ...(member.status === "invited" && active ? {} : { status: active ? ("active" as const) : ("disabled" as const) }) },
        }),
      ),
    touches: ["members"],
    onDone: () => {
      void client.invalidateQueries({ queryKey: meKey }); // it may have been oneself
      onClose();
    },
  });
  const refused = roleRefusal(change.error);
  const wrongBranch = !branchForm.test(branch);
  return (
    <FormDialog opened onClose={onClose} title={member.name} action={t("common.save")} pending={change.isPending} error={refused ? null : change.error} onSubmit={() => roles.length > 0 && !wrongBranch && change.mutate(undefined)}>
      <Text size="sm" c="dimmed">
        {member.email}
      </Text>
      <Text size="sm" c="dimmed">
        {t("federation.identity_fixed")}
      </Text>
      <RoleSelect label={t("settings.roles")} withAsterisk value={roles} onChange={setRoles} error={roles.length === 0 ? t("form.required") : refused} />
      <BranchInput value={branch} onChange={setBranch} />
      <Switch label={t("settings.may_sign_in")} description={t("settings.may_sign_in_hint")} checked={active} onChange={(e) => setActive(e.currentTarget.checked)} />
      <ProviderAccount member={member} />
    </FormDialog>
  );
}
