import type { Resources } from "../pod";

/** The user of the image nginxinc/nginx-unprivileged. */
export const NGINX_USER = 101;

export const NGINX_RESOURCES: Resources = { cpu: ["50m", "1"], memory: ["32Mi", "256Mi"] };
