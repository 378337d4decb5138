import { fold } from "./names";

/** What a column of a flow table holds. */
export type ColumnKind =
    | "reference"
    | "source"
    | "destination"
    | "port"
    | "protocol"
    | "transport"
    | "application"
    | "description"
    | "serves"
    | "verdict"
    | "sourcePort"
    | LifeField;

/** The columns that carry the life of a flow. */
export type LifeField =
    "owner" | "requester" | "approver" | "ticket" | "opened" | "expires" | "review" | "environment" | "site";

/** Headers by what they mean, French and English, folded: no accents, no "(s)", singular and plural alike. */
const synonyms: Record<ColumnKind, readonly string[]> = {
    reference: [
        "n",
        "no",
        "nº",
        "n°",
        "#",
        "num",
        "numero",
        "ref",
        "reference",
        "id",
        "identifiant",
        "identifier",
    ].concat(["id flux", "id du flux", "flow id", "n° flux", "n° de flux", "n° du flux", "ref flux", "ref."]),
    source: [
        "source",
        "src",
        "origine",
        "origin",
        "emetteur",
        "from",
        "de",
        "depuis",
        "provenance",
        "initiateur",
    ].concat(["initiator", "source name", "nom source", "role source", "source role", "composant source"]),
    destination: ["destination", "dest", "dst", "cible", "target", "vers", "to", "destinataire", "recepteur"].concat([
        "destination name",
        "nom destination",
        "role destination",
        "destination role",
        "composant destination",
    ]),
    port: ["port", "port destination", "port de destination", "destination port", "dst port", "dest port"].concat([
        "port cible",
        "target port",
        "port dst",
        "port dest",
        "numero de port",
        "n° de port",
        "port number",
        "port tcp/udp",
    ]),
    protocol: ["protocole", "protocol", "proto", "protocole/service", "protocole / service", "protocole reseau"],
    transport: ["transport", "protocole de transport", "protocole transport", "transport protocol", "l4", "couche 4"],
    application: ["application", "protocole applicatif", "application protocol", "l7", "service applicatif"],
    description: [
        "description",
        "justification",
        "why",
        "pourquoi",
        "raison",
        "reason",
        "motif",
        "usage",
        "objet",
    ].concat([
        "commentaire",
        "comment",
        "remarque",
        "remark",
        "note",
        "purpose",
        "libelle",
        "detail",
        "besoin",
        "role du flux",
    ]),
    serves: ["sert", "serves", "ligne servie", "row served", "au service de"],
    verdict: [
        "action",
        "statut",
        "status",
        "verdict",
        "decision",
        "etat",
        "state",
        "autorisation",
        "autorise",
        "allowed",
    ],
    sourcePort: ["port source", "source port", "src port", "port src", "port d'origine"],
    owner: ["proprietaire", "owner", "responsable", "referent"],
    requester: ["demandeur", "requester", "requested by", "demande par"],
    approver: ["approbateur", "approver", "approved by", "approuve par", "valideur", "valide par", "validator"],
    ticket: ["ticket", "demande", "request", "change", "changement", "jira", "rfc"],
    opened: [
        "ouverture",
        "opened",
        "open date",
        "date d'ouverture",
        "ouvert le",
        "cree le",
        "created",
        "date de creation",
    ],
    expires: ["expiration", "expire", "expires", "expire le", "echeance", "date d'expiration", "expiry"].concat([
        "expiry date",
        "expiration date",
        "expires on",
        "fin",
        "date de fin",
        "valid until",
        "valable jusqu'au",
    ]),
    review: ["revue", "review", "prochaine revue", "next review", "date de revue", "review date", "a revoir le"],
    environment: ["environnement", "environment", "env"],
    site: ["site", "datacenter", "localisation", "location"],
};

const kinds = new Map<string, ColumnKind>();
for (const [kind, words] of Object.entries(synonyms))
    for (const word of words) kinds.set(plain(word), kind as ColumnKind);

/** What a header means, or undefined when a flow matrix has no such column. Case, accents and plural do not count. */
export function columnKind(header: string): ColumnKind | undefined {
    return kinds.get(plain(header));
}

/** A header to show in messages, one a kind. */
export function headerOf(kind: ColumnKind): string {
    const word = synonyms[kind][0];
    return word[0].toUpperCase() + word.slice(1);
}

/** Every header understood, for "did you mean". */
export function knownHeaders(): string[] {
    return [...kinds.keys()];
}

/** "Port(s)", "Ports" and "port" alike; spaces around a slash, and colons at the end, do not count. */
function plain(header: string): string {
    return fold(header)
        .replace(/\((?:s|es)\)/g, "")
        .replace(/\s*[:*]+$/, "")
        .replace(/\s*\/\s*/g, "/")
        .replace(/(\p{L}{2})s\b/gu, "$1")
        .trim();
}
