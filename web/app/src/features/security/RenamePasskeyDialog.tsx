import { TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Passkey } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { passkeysQuery } from "./security";

export function RenamePasskeyDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(passkey.name);
  const rename = useMutation({
    mutationFn: () => take(api.PATCH("/api/v1/me/passkeys/{id}", { params: { path: { id: passkey.id } }, body: { name: name.trim() } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: passkeysQuery.queryKey });
      onClose();
    },
  });
  const missing = name.trim() === "";
  return (
    <FormDialog opened onClose={onClose} title={t("security.rename_of", { name: passkey.name })} action={t("common.save")} pending={rename.isPending} error={rename.error} onSubmit={() => !missing && rename.mutate()}>
      <TextInput label={t("security.passkey_name")} withAsterisk maxLength={100} data-autofocus value={name} error={missing ? t("form.required") : undefined} onChange={(e) => setName(e.currentTarget.value)} />
    </FormDialog>
  );
}
