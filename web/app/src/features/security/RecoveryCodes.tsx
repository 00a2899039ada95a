import { Alert, Button, CopyButton, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload, IconLifebuoy, IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./security.module.css";

type Props = { codes: string[]; onDone: () => void; done: string };

/** Recovery codes, the only time anybody sees them: to copy, keep as a file, or print. */
export function RecoveryCodes({ codes, onDone, done }: Props) {
  const { t } = useTranslation();
  const text = codes.join("\n");
  return (
    <Stack gap="md" data-print>
      <Alert color="ochre" icon={<IconLifebuoy aria-hidden />} title={t("security.codes_once")}>
        {t("security.codes_once_hint")}
      </Alert>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={4} component="ol" className={classes.codes}>
        {codes.map((c) => (
          <Text component="li" key={c} ff="monospace">
            {c}
          </Text>
        ))}
      </SimpleGrid>
      <Group gap="xs" className={classes.unprinted}>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} onClick={copy}>
              {copied ? t("security.copied") : t("security.copy")}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => save(text)}>
          {t("security.download")}
        </Button>
        <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
          {t("security.print")}
        </Button>
      </Group>
      <Group justify="flex-end" className={classes.unprinted}>
        <Button onClick={onDone}>{done}</Button>
      </Group>
    </Stack>
  );
}

function save(text: string) {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "pratica-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(url);
}
