import { Box, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Blocker } from "~/api/problem";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { byAbout } from "../nextStep";
import { HoldingLine, type Limit } from "./HoldingLine";

type Props = { blockers: Blocker[]; limits?: Limit[] | null; submission?: string; onNavigate?: () => void };

/** Blockers one line each, under the person or property they are about. */
export function HoldingList({ blockers, limits, submission, onNavigate }: Props) {
  const { t } = useTranslation();
  const { names } = useFile();
  return (
    <>
      {byAbout(blockers).map((group) => (
        <Box key={group.about ?? "file"} component="section">
          <Text component="h3" size="xs" fw={600} c="dimmed" px="md" pt={10} pb={2} m={0}>
            {group.about ? (names[group.about] ?? t("application.blocked.somebody")) : t("application.blocked.file")}
          </Text>
          <ul className={classes.list}>
            {group.blockers.map((b, i) => (
              <HoldingLine key={`${b.guard ?? b.code}-${b.kind ?? ""}-${i}`} blocker={b} limits={limits} submission={submission} onNavigate={onNavigate} />
            ))}
          </ul>
        </Box>
      ))}
    </>
  );
}
