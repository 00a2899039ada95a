import { Group, Text } from "@mantine/core";

/** The product's name with its sign. */
export function Wordmark({ dark = false }: { dark?: boolean }) {
  return (
    <Group gap={9} wrap="nowrap">
      <img src="/favicon.svg" alt="" width={26} height={26} style={{ borderRadius: 6, boxShadow: "0 0 0 1px rgb(255 255 255 / 18%)" }} />
      <Text component="span" ff="heading" fz={20} fw={600} c={dark ? undefined : "#fff"} lh={1}>
        Pratica
      </Text>
    </Group>
  );
}
