{{- define "container-os-operator.selectorLabels" -}}
app.kubernetes.io/name: container-os-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "container-os-operator.labels" -}}
{{ include "container-os-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "container-os-operator.image" -}}
{{- $repository := required "image.repository must be set to where you pushed the image, for instance --set image.repository=registry.example.com/container-os-operator" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "container-os-operator.subject" -}}
- kind: ServiceAccount
  name: container-os-operator
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "container-os-operator.username" -}}
system:serviceaccount:{{ .Release.Namespace }}:container-os-operator
{{- end }}

{{- /* The account of the pre-delete hook. */ -}}
{{- define "container-os-operator.releaseSubject" -}}
- kind: ServiceAccount
  name: container-os-operator-release
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* Both accounts that do the operator's work, as a JSON list. */ -}}
{{- define "container-os-operator.usernames" -}}
{{- $usernames := list (include "container-os-operator.username" .) -}}
{{- if .Values.uninstall.putNodesBack -}}
{{- $usernames = append $usernames (printf "%s-release" (include "container-os-operator.username" .)) -}}
{{- end -}}
{{- toJson $usernames -}}
{{- end }}

{{- /* Made before the release is uninstalled, and gone with it; the argument is the place in the order. */ -}}
{{- define "container-os-operator.uninstallHook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{- /*
What task Pods may run, as a JSON list: the image of this release, and while an upgrade is under way those of the operators that still
run and lead. Without a cluster to look at, as in `helm template`, only the values can name those.
*/ -}}
{{- define "container-os-operator.taskImages" -}}
{{- $images := list (include "container-os-operator.image" .) -}}
{{- $selected := include "container-os-operator.selectorLabels" . | fromYaml -}}
{{- range (lookup "apps/v1" "ReplicaSet" .Release.Namespace "").items -}}
{{- $labels := .metadata.labels | default dict -}}
{{- $ours := gt (int .spec.replicas) 0 -}}
{{- range $key, $value := $selected -}}
{{- if ne (get $labels $key) $value }}{{ $ours = false }}{{ end -}}
{{- end -}}
{{- range .spec.template.spec.containers -}}
{{- if and $ours (eq .name "operator") }}{{ $images = append $images .image }}{{ end -}}
{{- end -}}
{{- end -}}
{{- concat $images .Values.admissionPolicies.images | uniq | toJson -}}
{{- end }}
