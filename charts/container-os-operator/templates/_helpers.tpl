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
