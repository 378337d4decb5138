/** Who writes what nobody registers: the cluster's own controllers, and the manager of certificates. */
import { CHALLENGES } from "./parameters";

/**
 * The controllers that keep the addresses of Services, by the accounts that kube-controller-manager gives them
 * (`--use-service-account-credentials`) and by its own, where it gives none.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles
 */
export const ENDPOINT_WRITERS: readonly string[] = [
    "system:serviceaccount:kube-system:endpoint-controller",
    "system:serviceaccount:kube-system:endpointslice-controller",
    "system:serviceaccount:kube-system:endpointslicemirroring-controller",
    "system:kube-controller-manager",
];

/** What cert-manager labels all that it makes to answer a challenge by HTTP-01. */
export const SOLVER_LABEL = "acme.cert-manager.io/http01-solver";

/** Whether the request comes from the manager of certificates, about what answers a challenge, by its labels. */
export const byChallenges = (labels: string): string =>
    `(request.userInfo.username == params.data['${CHALLENGES}'] && ${labels}[?'${SOLVER_LABEL}'].orValue('') == 'true')`;
