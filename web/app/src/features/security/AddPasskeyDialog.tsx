import { Modal, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "~/ui/FormDialog";
import { RecoveryCodes } from "./RecoveryCodes";
import { addPasskey } from "./security";

type Props = { onClose: () => void; onAdded?: () => void };

/** Adds a passkey; the first second factor shows recovery codes before the dialog lets go. */
export function AddPasskeyDialog({ onClose, onAdded }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const done = () => {
    onClose();
    onAdded?.();
  };
  const add = useMutation({
    mutationFn: () => addPasskey(name.trim()),
    onSuccess: ({ recovery_codes }) => {
      void client.invalidateQueries({ queryKey: ["security"] });
      if (recovery_codes?.length) setCodes(recovery_codes);
      else done();
    },
  });
  const [tried, setTried] = useState(false);
  const missing = name.trim() === "";
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
      title={t("security.passkey_add")}
      action={t("security.continue")}
      pending={add.isPending}
      error={add.error}
      onSubmit={() => {
        setTried(true);
        if (!missing) add.mutate();
      }}
    >
      <Text c="dimmed">{t("security.passkey_how")}</Text>
      <TextInput label={t("security.passkey_name")} description={t("security.passkey_name_hint")} withAsterisk maxLength={100} data-autofocus value={name} error={tried && missing ? t("form.required") : undefined} onChange={(e) => setName(e.currentTarget.value)} />
    </FormDialog>
  );
}
