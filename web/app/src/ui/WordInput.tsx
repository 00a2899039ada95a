import { Autocomplete, type AutocompleteProps } from "@mantine/core";

type Props = Omit<AutocompleteProps, "data" | "value" | "onChange"> & { words: Record<string, string>; value: string; onChange: (value: string) => void };

/** Free text with suggestions; a code that has a word is shown as the word and kept as the code. */
export function WordInput({ words, value, onChange, ...rest }: Props) {
  const codeOf = (text: string) => Object.keys(words).find((code) => words[code]!.toLowerCase() === text.trim().toLowerCase()) ?? text;
  return <Autocomplete {...rest} data={Object.values(words)} value={words[value] ?? value} onChange={(text) => onChange(codeOf(text))} />;
}
