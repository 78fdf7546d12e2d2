<#
.SYNOPSIS
Merges applocker.xml, which lies beside this script, into the local AppLocker policy.
.DESCRIPTION
Existing rules stay. The service that applies the policy is started and set to start with Windows. Run as administrator; -WhatIf shows what would
be done. A policy from group policy wins over the local one: import applocker.xml there instead.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param()
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$Policy = Join-Path $PSScriptRoot 'applocker.xml'
if (-not (Test-Path -LiteralPath $Policy)) { throw "there is no $Policy" }
if ($PSCmdlet.ShouldProcess('local AppLocker policy', "merge $Policy")) {
    Set-AppLockerPolicy -XmlPolicy $Policy -Merge
    # AppIDSvc is protected: its start type can be set by sc.exe only.
    & sc.exe config AppIDSvc start= auto | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "sc.exe config AppIDSvc failed with $LASTEXITCODE" }
    & sc.exe start AppIDSvc | Out-Null
    if (@(0, 1056) -notcontains $LASTEXITCODE) { throw "sc.exe start AppIDSvc failed with $LASTEXITCODE" }
    # It starts on its own time; until it runs, no rule has an effect.
    $Deadline = [DateTime]::UtcNow.AddSeconds(30)
    while ((Get-Service -Name 'AppIDSvc').Status -ne 'Running') {
        if ([DateTime]::UtcNow -gt $Deadline) { throw 'the service AppIDSvc does not run 30 seconds after its start' }
        Start-Sleep -Milliseconds 200
    }
}
exit 0
