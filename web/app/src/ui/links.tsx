import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type A = Omit<ComponentPropsWithRef<"a">, "href" | "color" | "style">;

/** Mantine's looks on the router's links, with typed addresses. */
export const TextLink = createLink((props: AnchorProps & A) => <Anchor {...props} />);
export const ButtonLink = createLink((props: ButtonProps & A) => <Button component="a" {...props} />);
