
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# What the shared functions expect of the script that they are part of.
$Json = $false
$Manifest = Join-Path $PSScriptRoot 'service.json'
$Run = @{ ExitCode = 0; Changed = 0; Findings = @(); Warnings = @(); Kept = @(); Interrupted = @(); Source = $null; Releases = @{}; Given = @{}; Release = $null; Folder = $PSScriptRoot; Cmdlet = $PSCmdlet }
