export { Admission, registerAdmission } from "./admission";
export { admissionObjects, type AdmissionArgs } from "./compile";
export { parseAdmissionSettings, type AdmissionSettings } from "./settings";
