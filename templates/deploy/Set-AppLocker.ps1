<#
.SYNOPSIS
Brings applocker.xml, which lies beside this script, into the local AppLocker policy.
.DESCRIPTION
Rules of others stay. Those of this product's former versions go with the version: while Deploy.ps1 keeps it for a rollback, its rules stay. A collection that is audited is enforced when applocker.xml
says so; one that is enforced already stays enforced, because others may rely on it. The service that applies the policy is started and set to
start with Windows. Run as administrator; -WhatIf shows what would be done. A policy from group policy wins over the local one: import
applocker.xml there instead.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param()
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# The child elements of one that are rules.
function Get-RuleElement {
    param([Xml.XmlElement] $Collection)
    return @($Collection.ChildNodes | Where-Object { $_ -is [Xml.XmlElement] -and $_.HasAttribute('Id') })
}

# The versions that are on this server: each may be started, or started again.
function Get-KeptVersion {
    param([object] $Release)
    $State = $Release.locations.state.path -replace '^%ProgramData%', $env:ProgramData
    $Folder = Join-Path $State 'releases'
    if (-not (Test-Path -LiteralPath $Folder)) { return @() }
    return @(Get-ChildItem -LiteralPath $Folder -Directory | ForEach-Object { $_.Name })
}

# Whether a rule is this product's, and of no version that is here.
function Test-Former {
    param([string] $Description, [string] $Product, [string[]] $Kept)
    $Mark = "gorelease: $Product"
    if ($Description -ceq $Mark) { return $true }
    return $Description.StartsWith("$Mark ", [StringComparison]::Ordinal) -and $Kept -notcontains $Description.Substring($Mark.Length + 1)
}

# The local policy with this product's rules in place of its former ones, and what changes by it.
function Join-Policy {
    param([xml] $Local, [xml] $Ours, [string] $Product, [string[]] $Kept)
    $Changes = @()
    foreach ($Wanted in @($Ours.DocumentElement.ChildNodes | Where-Object { $_ -is [Xml.XmlElement] })) {
        $Kind = $Wanted.GetAttribute('Type')
        $Found = $Local.DocumentElement.SelectSingleNode("RuleCollection[@Type='$Kind']")
        if (-not $Found) {
            $Found = $Local.DocumentElement.AppendChild($Local.CreateElement('RuleCollection'))
            $Found.SetAttribute('Type', $Kind)
            $Found.SetAttribute('EnforcementMode', 'NotConfigured')
        }
        $Ids = @(Get-RuleElement $Wanted | ForEach-Object { $_.GetAttribute('Id') })
        foreach ($Rule in Get-RuleElement $Found) {
            $Same = $Ids -contains $Rule.GetAttribute('Id')
            if (-not $Same -and -not (Test-Former $Rule.GetAttribute('Description') $Product $Kept)) { continue }
            if (-not $Same) { $Changes += "remove the rule ""$($Rule.GetAttribute('Name'))""" }
            [void]$Found.RemoveChild($Rule)
        }
        foreach ($Rule in Get-RuleElement $Wanted) { [void]$Found.InsertBefore($Local.ImportNode($Rule, $true), $Found.FirstChild) }
        $Extensions = $Wanted.SelectSingleNode('RuleCollectionExtensions')
        if ($Extensions -and -not $Found.SelectSingleNode('RuleCollectionExtensions')) {
            [void]$Found.AppendChild($Local.ImportNode($Extensions, $true))
            $Changes += 'hold the rules against every service of this server'
        }
        $Now = $Found.GetAttribute('EnforcementMode')
        $Mode = $Wanted.GetAttribute('EnforcementMode')
        if ($Now -eq 'Enabled' -and $Mode -ne 'Enabled') { Write-Warning "$Kind rules are enforced already and stay so, although this release would only audit them" }
        elseif ($Now -ne $Mode) {
            $Found.SetAttribute('EnforcementMode', $Mode)
            $Changes += "$Kind rules: $Now -> $Mode"
        }
    }
    return , $Changes
}

# Services that start with Windows and whose programs the default rules do not allow.
function Get-OutsideService {
    foreach ($Service in @(Get-CimInstance -ClassName Win32_Service | Where-Object { $_.StartMode -eq 'Auto' })) {
        $Program = [regex]::Match("$($Service.PathName)", '^\s*(?:"([^"]+)"|(\S+))')
        $Path = $Program.Groups[1].Value + $Program.Groups[2].Value
        $Allowed = @($env:SystemRoot, $env:ProgramFiles, ${env:ProgramFiles(x86)} | Where-Object { $_ -and $Path.StartsWith("$_\", [StringComparison]::OrdinalIgnoreCase) })
        if ($Path -and $Allowed.Count -eq 0) { "$($Service.Name) ($Path)" }
    }
}

$Policy = Join-Path $PSScriptRoot 'applocker.xml'
if (-not (Test-Path -LiteralPath $Policy)) { throw "file not found: $Policy" }
[xml]$Ours = Get-Content -LiteralPath $Policy -Raw -Encoding UTF8
[xml]$Local = Get-AppLockerPolicy -Local -Xml
$Release = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'deployment.json') -Raw -Encoding UTF8 | ConvertFrom-Json
$Changes = Join-Policy $Local $Ours $Release.product.name @(Get-KeptVersion $Release)
foreach ($Change in $Changes) { Write-Host $Change }
if ($Ours.SelectSingleNode('//Services[@EnforcementMode="Enabled"]')) {
    foreach ($Service in Get-OutsideService) { Write-Warning "these rules do not allow the service ${Service}: add a rule for it, or it does not start once they are enforced" }
}
if ($PSCmdlet.ShouldProcess('local AppLocker policy', "set the rules of $Policy")) {
    $Joined = Join-Path ([IO.Path]::GetTempPath()) "$([Guid]::NewGuid()).xml"
    try {
        Set-Content -LiteralPath $Joined -Value $Local.OuterXml -Encoding UTF8
        Set-AppLockerPolicy -XmlPolicy $Joined
    }
    finally { if (Test-Path -LiteralPath $Joined) { Remove-Item -LiteralPath $Joined -Force } }
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
