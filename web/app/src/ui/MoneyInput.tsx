import { TextInput, type TextInputProps } from "@mantine/core";
import { useState } from "react";
import { money, percent, readMoney, readPercent } from "./format";
import { useLanguage } from "./language";

type Props = Omit<TextInputProps, "value" | "onChange" | "defaultValue"> & { value: number | null | undefined; onChange: (value: number | null) => void };

type Writing = { write: (value: number, language: string) => string; read: (text: string) => number | null };

/** Takes an amount as people write it and gives cents; null while it is empty, NaN while it cannot be read. */
export function MoneyInput(props: Props) {
  return <FigureInput {...props} writing={cents} leftSection="€" />;
}

/** Takes a percentage and gives basis points. */
export function PercentInput(props: Props) {
  return <FigureInput {...props} writing={rate} rightSection="%" />;
}

const cents: Writing = { write: (v, l) => money(v, l).replace(/^€\u00a0?/, "").replace(/[.,]00$/, ""), read: readMoney };
const rate: Writing = { write: (v, l) => percent(v, l).replace(/\u00a0?%$/, ""), read: readPercent };

function FigureInput({ value, onChange, onBlur, writing, ...rest }: Props & { writing: Writing }) {
  const { language } = useLanguage();
  const [typing, setTyping] = useState<string | null>(null);
  const shown = value == null || Number.isNaN(value) ? "" : writing.write(value, language);
  return (
    <TextInput
      inputMode="decimal"
      {...rest}
      value={typing ?? shown}
      onChange={(e) => {
        const text = e.currentTarget.value;
        setTyping(text);
        onChange(text.trim() === "" ? null : (writing.read(text) ?? Number.NaN));
      }}
      onBlur={(e) => {
        if (!Number.isNaN(value)) setTyping(null);
        onBlur?.(e);
      }}
    />
  );
}
