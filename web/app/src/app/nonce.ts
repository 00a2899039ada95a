/** The word by which the server lets this page, and nothing that got into it, add style sheets: another one for every page. */
export const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

// What get-nonce reads, and with it the sheets of packages that take the word from nowhere else (react-remove-scroll).
Object.assign(globalThis, { __webpack_nonce__: nonce });
