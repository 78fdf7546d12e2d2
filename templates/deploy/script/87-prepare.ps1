
# ---- Prepare ------------------------------------------------------------------------------------------------------------------

# Brings a fresh server to what the manifest says: shows the difference, changes only that, notes what was before.
function Invoke-Prepare {
    $Wanted = $Run.Release.server
    if (-not $Wanted) { Stop-Run 'this release says nothing about the server' 'it has no [deploy.server] table' 2 }
    Set-ServerFeature $Wanted
    Set-ServerAddress $Wanted
    Set-ServerTime $Wanted
    Set-ServerName $Wanted
    if ($Run.Restart) { Write-Line 'restart the server and run Prepare again: it finishes what is left, without a credential' }
}

# One difference: shown, and with consent changed; the former value is kept in prepare.json.
function Set-ServerValue {
    param([string] $Subject, [string] $Before, [string] $After, [scriptblock] $Change)
    if ($Before -ceq $After) { return }
    Write-Line ('  {0}: {1} -> {2}' -f $Subject, $Before, $After)
    if (-not $Run.Cmdlet.ShouldProcess($Subject, "$Before -> $After")) { return }
    $Path = Join-Path (Get-StateFolder) 'prepare.json'
    $Notes = @()
    if (Test-Path -LiteralPath $Path) { $Notes = @((Read-JsonFile $Path).before) }
    if (@($Notes | Where-Object { $_.subject -eq $Subject }).Count -eq 0) {
        $Notes += [pscustomobject]@{ subject = $Subject; value = $Before }
        Write-JsonFile $Path ([pscustomobject]@{ before = @($Notes) })
    }
    & $Change
    Add-Change $Subject
}

function Set-ServerFeature {
    param([object] $Wanted)
    if (@($Wanted.features).Count -eq 0) { return }
    $Features = Get-ServerFeature @($Wanted.features)
    if ($Features.Unknown.Count -gt 0) {
        Stop-Run "this Windows has no feature ``$($Features.Unknown -join '``, ``')``" 'Get-WindowsFeature lists them; Server Core lacks tools with windows of their own' 2
    }
    foreach ($Feature in $Features.Known) {
        $Before = if ($Feature.Installed) { 'installed' } else { 'absent' }
        Set-ServerValue "feature $($Feature.Name)" $Before 'installed' { Install-ServerFeature $Feature.Name }
    }
}

function Set-ServerTime {
    param([object] $Wanted)
    if ($Wanted.time_zone) { Set-ServerValue 'time zone' (Get-TimeZone).Id $Wanted.time_zone { Set-TimeZone -Id $Wanted.time_zone } }
    if (@($Wanted.time_sources).Count -eq 0) { return }
    # Outside a domain Windows stops the time service and starts it by a trigger; w32tm.exe needs it running.
    $Key = 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time'
    $Start = if ((Get-KeyValue $Key 'Start') -eq 2) { 'auto' } else { 'not auto' }
    Set-ServerValue 'time service' "$Start, $(Get-ServiceStatus 'W32Time')" 'auto, Running' { Start-TimeService }
    $Sources = @($Wanted.time_sources | ForEach-Object { "$_,0x8" }) -join ' '
    $Before = '{0} ({1})' -f (Get-KeyValue "$Key\Parameters" 'NtpServer'), (Get-KeyValue "$Key\Parameters" 'Type')
    Set-ServerValue 'time sources' $Before "$Sources (NTP)" {
        Invoke-Native 'w32tm.exe' @('/config', "/manualpeerlist:$Sources", '/syncfromflags:manual', '/update') | Out-Null
        Sync-Clock
    }
    if ($WhatIfPreference) { return }
    # A source that does not answer is a finding; a clock that is known to be wrong keeps the server out of the domain.
    Test-Clock $Run.Release.prerequisites
    if (@($Run.Findings | Where-Object { $_.level -eq 'problem' }).Count -gt 0) { Stop-Run 'the clock is still wrong' 'correct the time source before joining a domain' }
}

# Name and domain. Both in one Add-Computer, in the session that was given the credential: nothing is stored for after the restart.
function Set-ServerName {
    param([object] $Wanted)
    $Computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $Pending = Get-KeyValue 'HKLM:\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName' 'ComputerName'
    $Name = $Wanted.computer_name
    $NameNow = if ($Pending) { $Pending } else { $Computer.Name }
    if ($Wanted.domain -and -not ($Computer.PartOfDomain -and $Computer.Domain -eq $Wanted.domain)) {
        # PowerShell 7 has no such cmdlet.
        $AddComputer = Get-Command -Name 'Add-Computer' -ErrorAction SilentlyContinue
        if (-not $AddComputer) { Stop-Run "this PowerShell cannot join ``$($Wanted.domain)``" 'run Prepare in Windows PowerShell 5.1: powershell.exe -File Deploy.ps1 Prepare' 2 }
        if (-not $Credential -and -not $WhatIfPreference) { Stop-Run "joining ``$($Wanted.domain)`` needs an account that may do so" 'run with -Credential (Get-Credential)' 2 }
        $Join = @{ DomainName = $Wanted.domain; Force = $true }
        if ($Credential) { $Join.Credential = $Credential }
        if ($Name -and $Name -ne $NameNow) { $Join.NewName = $Name }
        Set-ServerValue 'domain and name' "$($Computer.Domain) $NameNow" "$($Wanted.domain) $Name" {
            & $AddComputer @Join
            $Run.Restart = $true
        }
    }
    elseif ($Name -and $Name -ne $NameNow) {
        Set-ServerValue 'name' $NameNow $Name {
            Rename-Computer -NewName $Name -Force
            $Run.Restart = $true
        }
    }
    elseif ($Computer.Name -ne $NameNow) { $Run.Restart = $true }
}
