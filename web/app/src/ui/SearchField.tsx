import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

type Props = Omit<TextInputProps, "value" | "onChange" | "defaultValue"> & { value: string; onSettled: (words: string) => void };

/** A field that tells what is searched for once the typing pauses. */
export function SearchField({ value, onSettled, ...rest }: Props) {
  const [words, setWords] = useState(value);
  const settle = useDebouncedCallback(onSettled, 250);
  return (
    <TextInput
      type="search"
      leftSection={<IconSearch size={16} aria-hidden />}
      {...rest}
      value={words}
      onChange={(e) => {
        setWords(e.currentTarget.value);
        settle(e.currentTarget.value.trim());
      }}
    />
  );
}
