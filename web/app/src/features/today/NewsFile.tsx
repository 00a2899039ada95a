import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Operation } from "~/api/types";
import { fileQuery, submissionsQuery } from "~/features/application/queries";

/** Which file it is about, and which lender: an operation names neither. */
export function NewsFile({ operation: o }: { operation: Operation }) {
  const file = useQuery(fileQuery(o.application_id));
  const submissions = useQuery(submissionsQuery(o.application_id));
  const lender = submissions.data?.find((s) => s.id === o.submission_id)?.lender.name;
  return <Text size="sm">{[file.data && (file.data.title || file.data.number), lender].filter(Boolean).join(" · ") || "\u00a0"}</Text>;
}
