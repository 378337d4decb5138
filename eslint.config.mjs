import tseslint from "typescript-eslint";

/** Folders a layer may import from; the arrows of the house (CONTRIBUTING.md). */
const layers = {
    matrix: [],
    network: ["matrix"],
    rules: ["matrix", "network"],
    components: ["matrix", "network"],
    platforms: ["matrix", "network", "components"],
    policies: ["matrix", "network", "rules"],
    admission: ["matrix", "network", "rules"],
    cli: ["matrix", "network", "rules"],
    toolchain: [],
    jobs: [],
};
const folders = Object.keys(layers);

const arrows = folders.map((folder) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
        "no-restricted-imports": [
            "error",
            {
                patterns: folders
                    .filter((other) => other !== folder && !layers[folder].includes(other))
                    .map((other) => ({
                        regex: `^(\\.\\./)+${other}(/|$)`,
                        message: `${folder}/ does not import ${other}/: see the house map in CONTRIBUTING.md.`,
                    })),
            },
        ],
    },
}));

export default tseslint.config(
    { ignores: ["node_modules/", ".tools/", "dist/"] },
    ...tseslint.configs.recommended,
    {
        rules: {
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
            "max-lines": ["error", { max: 350, skipBlankLines: true, skipComments: true }],
        },
    },
    { files: ["**/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
    ...arrows,
    {
        // One number, one place: a port is asked of the matrix, never written down.
        files: ["components/**/*.ts", "platforms/**/*.ts", "policies/**/*.ts"],
        rules: {
            "no-restricted-syntax": [
                "error",
                {
                    selector: "Property[key.name=/[pP]ort$/] > Literal[raw=/^[0-9]{2,5}$/]",
                    message: "A port literal: ask the matrix (role.port(purpose), matrix.port(source, destination)).",
                },
                {
                    selector: "VariableDeclarator[id.name=/[pP]ort$/] > Literal[raw=/^[0-9]{2,5}$/]",
                    message: "A port literal: ask the matrix (role.port(purpose), matrix.port(source, destination)).",
                },
                {
                    selector: "Literal[value=/(^|[^0-9.]):[0-9]{2,5}($|[^0-9.:])/]",
                    message:
                        "A port in a string: ask the matrix (role.port(purpose), matrix.port(source, destination)).",
                },
                {
                    selector: "TemplateElement[value.raw=/(listen |:)[0-9]{2,5}($|[^0-9.:])/]",
                    message:
                        "A port in a template: ask the matrix (role.port(purpose), matrix.port(source, destination)).",
                },
            ],
        },
    },
);
