import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML", "srcdoc", "srcDoc"];
const TEXT_ONLY = "Metadata are untrusted: text goes into text nodes, never into markup.";

export default tseslint.config(
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-properties": ["error", ...MARKUP.map((property) => ({ property, message: TEXT_ONLY }))],
      "no-restricted-syntax": [
        "error",
        ...["JSXAttribute[name.name", "Property[key.name", "Property[key.value"].map((place) => ({
          selector: `${place}=/^(${MARKUP.join("|")})$/]`,
          message: TEXT_ONLY,
        })),
      ],
    },
  },
  { files: ["js/**/*.mjs", "tests/**/*.mjs"], languageOptions: { globals: { ...globals.node } } },
);
