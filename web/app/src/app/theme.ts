import { Anchor, Badge, Button, createTheme, type CSSVariablesResolver, type MantineColorsTuple, Modal, Paper, Table, TableScrollContainer, Tooltip } from "@mantine/core";
import i18n from "i18next";

/** Petrol: the house colour. White reads on shades 6 and above. */
const petrol: MantineColorsTuple = ["#e9f3f2", "#d2e5e3", "#a6cdca", "#77b4b0", "#4f9d99", "#338985", "#1f7571", "#15625f", "#0f4f4d", "#0a3a39"];
/** Warm greys, so that a page full of figures does not look like a spreadsheet. */
const gray: MantineColorsTuple = ["#faf8f5", "#f3f0ea", "#e8e4dc", "#d9d4ca", "#c2bcb0", "#9c958a", "#756e64", "#5b554c", "#3c3832", "#23211d"];
const dark: MantineColorsTuple = ["#dfe3e0", "#bdc5c2", "#a0aaa6", "#66716e", "#404b49", "#333d3b", "#273130", "#1b2424", "#151c1c", "#0f1515"];
const ochre: MantineColorsTuple = ["#fdf5e3", "#f8e9c6", "#f0d28d", "#e7b953", "#d9a12b", "#bd8818", "#9a6d0f", "#7b560b", "#5f4308", "#432f05"];
const brick: MantineColorsTuple = ["#fcefec", "#f6dbd5", "#ecb4a9", "#e08b7b", "#d26853", "#c04e38", "#a83e2a", "#8c3120", "#6e2618", "#4f1b11"];
const moss: MantineColorsTuple = ["#f0f5e9", "#dfeacf", "#c0d6a2", "#a0c174", "#83ab4e", "#6b9337", "#557829", "#436020", "#334a18", "#233310"];
const ink: MantineColorsTuple = ["#eef2f8", "#d9e2ef", "#b2c4de", "#88a3cb", "#6586b8", "#4c6fa5", "#3b5b8e", "#2f4a75", "#24395b", "#192841"];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark, ochre, brick, moss, ink, red: brick, yellow: ochre, green: moss },
  fontFamily: "'Source Sans 3 Variable', 'Source Sans 3', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: "0.8125rem", sm: "0.9375rem", md: "1rem", lg: "1.125rem", xl: "1.3125rem" },
  lineHeights: { xs: "1.35", sm: "1.4", md: "1.5", lg: "1.45", xl: "1.4" },
  headings: {
    fontFamily: "'Source Serif 4 Variable', 'Source Serif 4', Georgia, serif",
    fontWeight: "560",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.25rem", lineHeight: "1.3" },
      h3: { fontSize: "1.0625rem", lineHeight: "1.35" },
    },
  },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    Anchor: Anchor.extend({ defaultProps: { underline: "hover" } }),
    Badge: Badge.extend({ defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 600 }, styles: { root: { flexShrink: 0, fontFamily: "var(--mantine-font-family)", fontSize: 12.5, height: 21, paddingInline: 7 } } }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Modal: Modal.extend({ styles: { title: { fontFamily: "var(--mantine-font-family-headings)", fontSize: "1.25rem", fontWeight: 560 }, content: { background: "var(--paper)" }, header: { background: "var(--paper)" } }, defaultProps: { centered: true, radius: "md", attributes: { header: { role: "presentation" } }, overlayProps: { backgroundOpacity: 0.35 }, transitionProps: { duration: 120 } } }),
    Notification: { defaultProps: () => ({ closeButtonProps: { "aria-label": i18n.t("common.close") } }) }, // asked each time: the language may change
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: "md", shadow: "none" } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 7, horizontalSpacing: "sm", borderColor: "var(--line)" } }),
    TableScrollContainer: TableScrollContainer.extend({ defaultProps: { type: "native" }, styles: { scrollContainer: { position: "relative" } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
  },
});

const hues = ["gray", "petrol", "ochre", "brick", "moss", "ink", "red", "yellow", "green"];

/** Badges and alerts in the dark: a tint of their hue, with words that read on it. */
const tints = Object.fromEntries(
  hues.flatMap((hue) => [
    [`--mantine-color-${hue}-light`, `color-mix(in srgb, var(--mantine-color-${hue}-5) 24%, transparent)`],
    [`--mantine-color-${hue}-light-hover`, `color-mix(in srgb, var(--mantine-color-${hue}-5) 32%, transparent)`],
    [`--mantine-color-${hue}-light-color`, `var(--mantine-color-${hue}-2)`],
  ]),
);

/** Where Mantine's own greys are too faint for small print on warm paper. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfaf7",
    "--mantine-color-text": "#23211d",
    "--mantine-color-dimmed": "#645d54",
    "--mantine-color-placeholder": "#756e64",
    "--mantine-color-anchor": "#0f4f4d",
    "--mantine-color-default-border": "#ddd8ce",
    "--mantine-color-error": "#8c3120",
    "--paper": "#ffffff",
    "--line": "#e5e0d7",
    "--sunken": "#f3f0ea",
  },
  dark: {
    ...tints,
    "--mantine-color-body": "#151c1c",
    "--mantine-color-text": "#dfe3e0",
    "--mantine-color-dimmed": "#a0aaa6",
    "--mantine-color-placeholder": "#8f9995",
    "--mantine-color-anchor": "#8cc6c2",
    "--mantine-color-error": "#ecb4a9",
    "--mantine-color-default": "#1f2929",
    "--paper": "#1b2424",
    "--line": "#2e3938",
    "--sunken": "#111818",
  },
});
