import { PolicyPack } from "@pulumi/policy";
import { matricePolicies } from "./pack";

new PolicyPack("matrice", { enforcementLevel: "mandatory", policies: matricePolicies() });
